// Makes the folder that becomes an image: Node.js, glibc's loader and libraries, and one bundled program. It runs in
// any root file system (docs/research/runner.md#nodejs-in-any-image).
import { chmod, cp, mkdtemp, readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type Arch, detectArch } from "./arch.ts";
import { IMAGE_NAMES, PROGRAM_FILES, PROGRAMS } from "./image.ts";
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
  for (const name of listProgramFiles(basename(bundle))) await placeWhole(dirname(bundle), name, made);
  // mkdtemp gives 0700, but the user of a pod is not the owner
  await chmod(made, 0o755);
  return made;
}

/** The files that belong to a program of an image; those of another one are itself. */
function listProgramFiles(program: string): readonly string[] {
  const image = IMAGE_NAMES.find((name) => PROGRAMS[name] === program);
  return image === undefined ? [program] : PROGRAM_FILES[image];
}

/** Copies a file, or a folder of files, with modes that are independent of the umask. */
async function placeWhole(from: string, name: string, to: string): Promise<void> {
  const placed = join(to, name);
  await cp(join(from, name), placed, { recursive: true });
  if (!(await stat(placed)).isDirectory()) return chmod(placed, 0o644);
  await chmod(placed, 0o755);
  for (const inside of await readdir(placed)) await chmod(join(placed, inside), 0o644);
}
