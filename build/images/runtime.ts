// What is the same in every image of an architecture: the pinned node with the loader and the libraries of one
// glibc, taken from Debian packages (facts/runner.md).
import { createHash } from "node:crypto";
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RUNNER_FILES } from "../../init/contract/places.ts";
import { ARCHITECTURES, type Arch, ownArch } from "./arch.ts";
import { cachedFolder } from "./cache.ts";
import { attempt } from "./command.ts";
import { fetchDebs, unpackDebs } from "./debian.ts";
import { type Elf, readElf } from "./elf.ts";
import { placeNode } from "./node.ts";
import { type NodePin, nodePin } from "./pins.ts";
import { Problem } from "./problem.ts";
import { faults } from "./whole.ts";

/** Debian's packages of the loader and of LIBRARIES. */
const PACKAGES = ["libc6", "libgcc-s1", "libstdc++6"] as const;

/** What node is linked to; where a later node needs more, the proof below names it. */
const LIBRARIES = [
  "libc.so.6",
  "libdl.so.2",
  "libgcc_s.so.1",
  "libm.so.6",
  "libpthread.so.0",
  "libstdc++.so.6",
] as const;

/** The sources whose change may change what they make. */
const RECIPE = ["runtime.ts", "debian.ts", "arch.ts", "node.ts"] as const;

export interface Runtime {
  arch: Arch;
  /** holds node and lib/ */
  folder: string;
  /** what is in it, e.g. "node 24.21.0, libc6 2.36-9+deb12u14" */
  contents: string;
}

/** The runtime of an architecture, made once for each set of pins and each state of the recipe. */
export async function runtime(arch: Arch): Promise<Runtime> {
  const pin = await nodePin(arch);
  const entry = await cachedFolder(`images-${await digestOf(pin)}`, async (folder) => {
    const scratch = await mkdtemp(join(tmpdir(), "rollcall-runtime-"));
    try {
      await makeRuntime({ arch, pin, entry: folder, scratch });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  const folder = join(entry, "root");
  // each time, and not only when it is made: a damaged cache shows here and not in a pod
  if (arch === ownArch() && process.platform === "linux") await proveRuns(folder, pin.version);
  return { arch, folder, contents: await readFile(join(entry, "contents"), "utf8") };
}

async function digestOf(pin: NodePin): Promise<string> {
  const texts = await Promise.all(RECIPE.map((name) => readFile(new URL(name, import.meta.url), "utf8")));
  return createHash("sha256")
    .update(JSON.stringify([pin, texts]))
    .digest("hex")
    .slice(0, 16);
}

interface Making {
  arch: Arch;
  pin: NodePin;
  entry: string;
  scratch: string;
}

async function makeRuntime({ arch, pin, entry, scratch }: Making): Promise<void> {
  const root = join(entry, "root");
  const unpacked = join(scratch, "unpacked");
  await mkdir(join(root, RUNNER_FILES.libraries), { recursive: true });
  // whatever umask this runs under
  await chmod(join(root, RUNNER_FILES.libraries), 0o755);
  await placeNode(pin, join(root, RUNNER_FILES.node), join(scratch, "npm"));
  const debs = await fetchDebs({ packages: PACKAGES, arch, scratch });
  await unpackDebs(debs, unpacked);
  await placeLibraries(arch, unpacked, root);
  await proveWhole(arch, root);
  const contents = [`node ${pin.version}`, ...debs.map((deb) => `${deb.package} ${deb.version}`)];
  await writeFile(join(entry, "contents"), contents.join(", "));
}

async function placeLibraries(arch: Arch, unpacked: string, root: string): Promise<void> {
  const { triplet, loader } = ARCHITECTURES[arch];
  await place(await libraryIn(unpacked, triplet, loader), join(root, RUNNER_FILES.loader), 0o755);
  for (const name of LIBRARIES) {
    await place(await libraryIn(unpacked, triplet, name), join(root, RUNNER_FILES.libraries, name), 0o644);
  }
}

/** @returns its path, in the one of two places that its Debian release uses (before and after merged /usr) */
async function libraryIn(unpacked: string, triplet: string, name: string): Promise<string> {
  const usual = join(unpacked, "lib", triplet, name);
  return access(usual).then(
    () => usual,
    () => join(unpacked, "usr/lib", triplet, name),
  );
}

async function place(from: string, to: string, mode: number): Promise<void> {
  await copyFile(from, to);
  await chmod(to, mode);
}

/** Every file of the right architecture, and nothing missing that one of them asks for. */
async function proveWhole(arch: Arch, root: string): Promise<void> {
  const libraries = await readdir(join(root, RUNNER_FILES.libraries));
  const paths = [RUNNER_FILES.node, ...libraries.map((name) => `${RUNNER_FILES.libraries}/${name}`)];
  const files = new Map<string, Elf>();
  for (const path of paths) files.set(path, readElf(await readFile(join(root, path)), path));
  const found = faults(files, ARCHITECTURES[arch].machine);
  if (found.length > 0) throw new Problem(`the runtime for ${arch} is not whole:\n${found.join("\n")}`);
}

/**
 * Starts node from a folder by the loader beside it, with no environment at all.
 * @throws Problem when it is not the node that was asked for
 */
export async function proveRuns(folder: string, version: string): Promise<void> {
  const { loader, libraries, node } = RUNNER_FILES;
  const argv = [
    join(folder, loader),
    "--library-path",
    join(folder, libraries),
    join(folder, node),
    "--version",
  ] as const;
  const end = await attempt(argv, { env: {} });
  if (end.stdout.trim() === `v${version}`) return;
  throw new Problem(
    `${argv.join(" ")} did not answer v${version} but: ${end.stdout}${end.stderr} (exit ${end.code})`,
  );
}
