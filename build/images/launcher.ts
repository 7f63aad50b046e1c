// Compiles the static program that starts the runner in pods: init/launcher/launcher.c, for each architecture with
// Debian's compilers and Debian's musl. A static program needs no files of the image in which it runs.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ARCHITECTURES, type Arch } from "./arch.ts";
import { runProcess } from "./command.ts";
import { fetchDebs, unpackDebs } from "./debian.ts";
import { readElf } from "./elf.ts";
import { openCachedFolder } from "./openCachedFolder.ts";
import { BuildProblem } from "./problem.ts";

export const LAUNCHER_SOURCE = fileURLToPath(new URL("../../init/launcher/launcher.c", import.meta.url));

/** Headers and static library of the libc to which the launcher is linked. */
const LIBC = "musl-dev";

const FLAGS = [
  "-std=c11",
  "-D_GNU_SOURCE",
  "-Os",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-static",
  "-no-pie",
  "-fno-pie",
  "-nostdinc",
  "-nostdlib",
  // reproducible: the same source gives the same bytes, wherever the checkout is
  "-Wl,--build-id=none",
  "-s",
] as const;

export interface LauncherRequest {
  arch: Arch;
  /** path of the program */
  to: string;
  /** how long Node.js may take to start @default the value in the source */
  startSeconds?: number;
  /** between two starts of a failed command in the background @default the value in the source */
  restartSeconds?: number;
}

/**
 * Compiles the launcher, mode 0755.
 * @returns the linked package, e.g. "musl-dev 1.2.3-1", and the path of its licence
 * @throws BuildProblem with exit code 2 if the compiler or the package is missing
 */
export async function makeLauncher({
  arch,
  to,
  startSeconds,
  restartSeconds,
}: LauncherRequest): Promise<{ contents: string; licence: string }> {
  const { compiler, musl, machine } = ARCHITECTURES[arch];
  const libc = await fetchLibc(arch);
  const unpacked = join(libc, "unpacked");
  const library = (name: string): string => join(unpacked, "usr/lib", musl, name);
  const ask = async (question: string): Promise<string> => (await runProcess([compiler, question])).trim();
  await runProcess([
    compiler,
    ...FLAGS,
    ...(startSeconds === undefined ? [] : [`-DSTART_SECONDS=${startSeconds}`]),
    ...(restartSeconds === undefined ? [] : [`-DRESTART_SECONDS=${restartSeconds}`]),
    "-isystem",
    join(unpacked, "usr/include", musl),
    "-isystem",
    await ask("-print-file-name=include"),
    library("crt1.o"),
    library("crti.o"),
    LAUNCHER_SOURCE,
    library("libc.a"),
    await ask("-print-libgcc-file-name"),
    library("crtn.o"),
    "-o",
    to,
  ]);
  const elf = readElf(await readFile(to), to);
  if (elf.machine !== machine) throw new BuildProblem(`${to} is for machine ${elf.machine}, not ${machine}`);
  if (elf.needed.length > 0) throw new BuildProblem(`${to} is not static: it needs ${elf.needed.join(", ")}`);
  const licence = join(unpacked, "usr/share/doc", LIBC, "copyright");
  return { contents: await readFile(join(libc, "contents"), "utf8"), licence };
}

/** The unpacked package, downloaded once. @returns a folder with `unpacked` and `contents` */
async function fetchLibc(arch: Arch): Promise<string> {
  const recipe = await readFile(new URL(import.meta.url), "utf8");
  const digest = createHash("sha256").update(recipe).digest("hex").slice(0, 16);
  return openCachedFolder(`musl-${arch}-${digest}`, async (folder) => {
    const scratch = await mkdtemp(join(tmpdir(), "rollcall-musl-"));
    try {
      const [deb, ...more] = await fetchDebs({ packages: [LIBC], arch, scratch });
      if (deb === undefined || more.length > 0)
        throw new BuildProblem(`apt-get did not fetch ${LIBC} for ${arch}`);
      await unpackDebs([deb], join(folder, "unpacked"));
      await writeFile(join(folder, "contents"), `${deb.package} ${deb.version}`);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}
