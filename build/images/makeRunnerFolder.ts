// The folder that an image is: node, glibc's loader and libraries beside it, and one bundled program. It runs
// in any root file system, whatever that holds (docs/research/runner.md#nodejs-in-any-image).
import { chmod, copyFile, cp, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { RUNNER_FILES } from "../../init/contract/places.ts";
import { type Arch, detectArch } from "./arch.ts";
import { prepareRuntime } from "./runtime.ts";

export interface RunnerFolderRequest {
  /** path of a bundle; the folder holds it under its own name */
  bundle: string;
  /** @default this machine's */
  arch?: Arch;
  /** an existing folder to fill @default a new one for temporary files, which the caller removes */
  to?: string;
}

/**
 * Makes a folder as an image holds it: /node, /lib, and the bundle at its root.
 * @returns its path
 * @throws Problem where the parts can be neither found in the cache nor fetched
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
  // the user of a pod is another than the one who made it, and mkdtemp's 0700 is for the maker alone
  await chmod(made, 0o755);
  return made;
}

/** The runner's program is of several files. */
async function placeModules(bundles: string, to: string): Promise<void> {
  const modules = join(to, RUNNER_FILES.modules);
  await cp(join(bundles, RUNNER_FILES.modules), modules, { recursive: true });
  // whatever umask this runs under
  await chmod(modules, 0o755);
  for (const name of await readdir(modules)) await chmod(join(modules, name), 0o644);
}
