// Three root file systems made from Debian packages: with glibc, with musl, and with a single static program. None of
// them has a shell.
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Arch, detectArch } from "../../build/images/arch.ts";
import { fetchDebs, unpackDebs } from "../../build/images/debian.ts";
import { openCachedFolder } from "../../build/images/openCachedFolder.ts";

export const ROOTS = {
  glibc: "glibc and a program linked to it",
  musl: "musl and a static program",
  bare: "nothing but a static program",
} as const;
export type RootName = keyof typeof ROOTS;

/** The program in every root; its first argument selects the applet (env, touch, test, …). */
export const PROGRAM = "/bin/busybox";

/** Mount points, which a container runtime creates in the image's root if they are missing. */
const MOUNT_POINTS = ["rollcall", "rollcall-marker", "data", "dev", "proc"] as const;

/** Those of the init image, which has the launcher where others have the runner's volume. */
const INIT_IMAGE_MOUNT_POINTS = ["runner", "dev", "proc"] as const;

/** Copies a root with its mount points into an empty folder. */
export async function placeRoot(name: RootName, into: string, arch = detectArch()): Promise<void> {
  await cp(join(await ensureRoots(arch), name), into, { recursive: true, verbatimSymlinks: true });
  // independent of the umask of the tests
  await chmod(into, 0o755);
  await makeMountPoints(into);
}

/** Creates the mount points of the init image in a folder. */
export const makeInitImageMountPoints = (root: string): Promise<void> =>
  makeMountPoints(root, INIT_IMAGE_MOUNT_POINTS);

async function makeMountPoints(root: string, points: readonly string[] = MOUNT_POINTS): Promise<void> {
  for (const point of points) await mkdir(join(root, point), { recursive: true, mode: 0o755 });
}

/** The folder with all three roots, by name. */
export async function ensureRoots(arch = detectArch()): Promise<string> {
  const recipe = await readFile(new URL(import.meta.url));
  const digest = createHash("sha256").update(recipe).digest("hex").slice(0, 16);
  return openCachedFolder(`test-roots-${arch}-${digest}`, async (folder) => {
    const scratch = await mkdtemp(join(tmpdir(), "rollcall-roots-"));
    try {
      await makeRoots(arch, folder, scratch);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

async function makeRoots(arch: Arch, folder: string, scratch: string): Promise<void> {
  const packages = ["busybox", "busybox-static", "libc6", "musl"];
  const debs = await fetchDebs({ packages, arch, scratch });
  const unpack = (names: readonly string[], into: string): Promise<void> =>
    unpackDebs(
      debs.filter((deb) => names.includes(deb.package)),
      into,
    );
  await unpack(["libc6", "busybox"], join(folder, "glibc"));
  await unpack(["musl", "busybox-static"], join(folder, "musl"));
  await unpack(["busybox-static"], join(scratch, "static"));
  await cp(join(scratch, "static/bin"), join(folder, "bare/bin"), { recursive: true });
}
