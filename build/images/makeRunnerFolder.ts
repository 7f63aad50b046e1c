// Makes the folder that becomes an image: Node.js, glibc's loader and libraries, and one bundled program. It runs in
// any root file system (docs/research/runner.md#nodejs-in-any-image).
import { chmod, copyFile, cp, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { RUNNER_FILES } from "../../init/contract/places.ts";
import { type Arch, detectArch } from "./arch.ts";
import { prepareRuntime } from "./runtime.ts";

export interface RunnerFolderRequest {
  /** path of a bundle, which keeps its file name in the folder */
  bundle: string;
  /** @default the one of this machine */
  arch?: Arch;
  /** an existing folder to fill @default a new temporary folder, which the caller removes */
  to?: string;
}

/**
 * Makes a folder as an image has it: /node, /lib, and the bundle at its root.
 * @returns its path
 * @throws BuildProblem if the parts are not in the cache and cannot be downloaded
 */
export async function makeRunnerFolder({
  bundle,
  arch = detectArch(),
  to,
}: RunnerFolderRequest): Promise<string> {
  const { folder } = await prepareRuntime(arch);
  const made = to ?? (await mkdtemp(join(tmpdir(), "rollcall-folder-")));
  await cp(folder, made, { recursive: true });
  const program = join(made, basename(bundle));
  await copyFile(bundle, program);
  await chmod(program, 0o644);
  if (basename(bundle) === RUNNER_FILES.program) await placeModules(dirname(bundle), made);
  // mkdtemp gives 0700, but the user of a pod is not the owner
  await chmod(made, 0o755);
  return made;
}

/** The runner consists of several files. */
async function placeModules(bundles: string, to: string): Promise<void> {
  const modules = join(to, RUNNER_FILES.modules);
  await cp(join(bundles, RUNNER_FILES.modules), modules, { recursive: true });
  // independent of the umask
  await chmod(modules, 0o755);
  for (const name of await readdir(modules)) await chmod(join(modules, name), 0o644);
}
