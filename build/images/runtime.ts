// Prepares the part that is the same in every image of an architecture: the pinned Node.js, and the loader and
// libraries of one glibc from Debian packages (docs/research/runner.md#nodejs-in-any-image).
import { createHash } from "node:crypto";
import {
  access,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildNodeCommand, RUNNER_FILES } from "../../init/contract/places.ts";
import { ARCHITECTURES, type Arch, detectArch } from "./arch.ts";
import { attempt, runProcess } from "./command.ts";
import { fetchDebs, unpackDebs } from "./debian.ts";
import { type ElfFile, readElf } from "./elf.ts";
import { findElfFaults } from "./findElfFaults.ts";
import { LAUNCHER_SOURCE, makeLauncher } from "./launcher.ts";
import { LICENCES, RUNTIME_LICENCES } from "./licences.ts";
import { openCachedFolder } from "./openCachedFolder.ts";
import { type NodePin, readNodePin } from "./pins.ts";
import { placeNode } from "./placeNode.ts";
import { BuildProblem } from "./problem.ts";

/** Debian's packages that contain the loader and LIBRARIES. */
const PACKAGES = ["libc6", "libgcc-s1", "libstdc++6"] as const;

/** The libraries to which Node.js is linked. If a later version needs more, the verification below reports them. */
const LIBRARIES = [
  "libc.so.6",
  "libdl.so.2",
  "libgcc_s.so.1",
  "libm.so.6",
  "libpthread.so.0",
  "libstdc++.so.6",
] as const;

/** The sources on which the result depends. */
const RECIPE = [
  "runtime.ts",
  "debian.ts",
  "arch.ts",
  "placeNode.ts",
  "launcher.ts",
  "licences.ts",
  LAUNCHER_SOURCE,
] as const;

export interface ImageRuntime {
  arch: Arch;
  /** contains node and lib/ */
  folder: string;
  /** the contents, e.g. "node 24.21.0, libc6 2.36-9+deb12u14" */
  contents: string;
}

/** The runtime of an architecture, made once for each set of pinned versions and each state of the sources. */
export async function prepareRuntime(arch: Arch): Promise<ImageRuntime> {
  const pin = await readNodePin(arch);
  const entry = await openCachedFolder(`images-${await computeRuntimeDigest(pin)}`, async (folder) => {
    const scratch = await mkdtemp(join(tmpdir(), "rollcall-runtime-"));
    try {
      await makeRuntime({ arch, pin, entry: folder, scratch });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  const folder = join(entry, "root");
  // every time, so that a damaged cache fails here and not in a pod
  if (arch === detectArch() && process.platform === "linux") await proveRuns(folder, pin.version);
  return { arch, folder, contents: await readFile(join(entry, "contents"), "utf8") };
}

async function computeRuntimeDigest(pin: NodePin): Promise<string> {
  const texts = await Promise.all(RECIPE.map((name) => readFile(new URL(name, import.meta.url), "utf8")));
  return createHash("sha256")
    .update(JSON.stringify([pin, texts]))
    .digest("hex")
    .slice(0, 16);
}

interface RuntimeRecipe {
  arch: Arch;
  pin: NodePin;
  entry: string;
  scratch: string;
}

async function makeRuntime({ arch, pin, entry, scratch }: RuntimeRecipe): Promise<void> {
  const root = join(entry, "root");
  const unpacked = join(scratch, "unpacked");
  await mkdir(join(root, RUNNER_FILES.libraries), { recursive: true });
  // independent of the umask
  await chmod(join(root, RUNNER_FILES.libraries), 0o755);
  const node = join(root, RUNNER_FILES.node);
  await mkdir(join(root, LICENCES));
  await chmod(join(root, LICENCES), 0o755);
  await placeNode(pin, { program: node, licence: join(root, RUNTIME_LICENCES.node) }, join(scratch, "npm"));
  // 18 MB of symbols that no pod needs
  await runProcess([ARCHITECTURES[arch].strip, "--strip-all", node]);
  const debs = await fetchDebs({ packages: PACKAGES, arch, scratch });
  await unpackDebs(debs, unpacked);
  await placeLibraries(arch, unpacked, root);
  await placeLicences({ arch, unpacked, root, scratch });
  await proveWhole(arch, root);
  const launcher = join(root, RUNNER_FILES.launcher);
  const linked = await makeLauncher({ arch, to: launcher });
  await chmod(launcher, 0o755);
  await place(linked.licence, join(root, RUNTIME_LICENCES.musl), 0o644);
  const versions = debs.map((deb) => `${deb.package} ${deb.version}`);
  const contents = [`node ${pin.version}`, ...versions, linked.contents];
  await writeFile(join(entry, "contents"), contents.join(", "));
}

async function placeLibraries(arch: Arch, unpacked: string, root: string): Promise<void> {
  const { triplet, loader } = ARCHITECTURES[arch];
  const placed = join(root, RUNNER_FILES.loader);
  await place(await libraryIn(unpacked, triplet, loader), placed, 0o755);
  await writeFile(placed, withoutPreload(await readFile(placed)));
  for (const name of LIBRARIES) {
    await place(await libraryIn(unpacked, triplet, name), join(root, RUNNER_FILES.libraries, name), 0o644);
  }
}

interface LicenceSources {
  arch: Arch;
  /** the unpacked packages */
  unpacked: string;
  root: string;
  scratch: string;
}

/** Places the licences of the libraries, which Debian's packages have in usr/share/doc. */
async function placeLicences({ arch, unpacked, root, scratch }: LicenceSources): Promise<void> {
  const find = (folder: string, name: string): string => join(folder, "usr/share/doc", name, "copyright");
  await place(find(unpacked, "libc6"), join(root, RUNTIME_LICENCES.libc), 0o644);
  // packages of GCC link to the folder of another package
  const base = await readlink(join(unpacked, "usr/share/doc/libgcc-s1"));
  const more = join(scratch, "base");
  const debs = await fetchDebs({ packages: [base], arch, scratch: more });
  await unpackDebs(debs, join(more, "unpacked"));
  await place(find(join(more, "unpacked"), base), join(root, RUNTIME_LICENCES.gcc), 0o644);
}

/**
 * @returns the path of a library: in one of two folders, depending on the Debian release (before and after merged /usr)
 */
async function libraryIn(unpacked: string, triplet: string, name: string): Promise<string> {
  const usual = join(unpacked, "lib", triplet, name);
  return access(usual).then(
    () => usual,
    () => join(unpacked, "usr/lib", triplet, name),
  );
}

/** A file that makes the loader load libraries into every program of an image. */
const PRELOAD = "/etc/ld.so.preload";

/** A path of the same length that does not exist. */
const NO_PRELOAD = "/rollcall/.preload";

/**
 * Replaces that path in the loader: the image's libraries may belong to another libc, and the loader has no option to
 * ignore the file.
 */
function withoutPreload(loader: Buffer): Buffer {
  const at = loader.indexOf(`${PRELOAD}\0`);
  if (at < 0 || loader.indexOf(PRELOAD, at + 1) >= 0)
    throw new BuildProblem(
      `the loader does not hold ${PRELOAD} exactly once, so it cannot be changed safely`,
    );
  const changed = Buffer.from(loader);
  changed.write(NO_PRELOAD, at, "latin1");
  return changed;
}

async function place(from: string, to: string, mode: number): Promise<void> {
  await copyFile(from, to);
  await chmod(to, mode);
}

/** Verifies that every file has the right architecture, and that no needed library or symbol version is missing. */
async function proveWhole(arch: Arch, root: string): Promise<void> {
  const libraries = await readdir(join(root, RUNNER_FILES.libraries));
  const paths = [RUNNER_FILES.node, ...libraries.map((name) => `${RUNNER_FILES.libraries}/${name}`)];
  const files = new Map<string, ElfFile>();
  for (const path of paths) files.set(path, readElf(await readFile(join(root, path)), path));
  const found = findElfFaults(files, ARCHITECTURES[arch].machine);
  if (found.length > 0) throw new BuildProblem(`the runtime for ${arch} is not whole:\n${found.join("\n")}`);
}

/**
 * Starts Node.js from a folder with its own loader and an empty environment.
 * @throws BuildProblem if it does not start, or has another version
 */
export async function proveRuns(folder: string, version: string): Promise<void> {
  const [loader = "", ...words] = buildNodeCommand(folder, "--version");
  const argv = [loader, ...words] as const;
  const end = await attempt(argv, { env: {} });
  if (end.stdout.trim() === `v${version}`) return;
  throw new BuildProblem(
    `${argv.join(" ")} did not answer v${version} but: ${end.stdout}${end.stderr} (exit ${end.code})`,
  );
}
