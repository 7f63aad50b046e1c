// The static program that starts the runner in pods, compiled from init/launcher/launcher.c for either architecture with
// Debian's compilers, against Debian's musl: a program without a libc of its own needs nothing of an image.
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

/** Headers and static library of the libc that the launcher is linked to. */
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
  // the same source makes the same bytes, wherever the checkout is
  "-Wl,--build-id=none",
  "-s",
] as const;

export interface LauncherRequest {
  arch: Arch;
  /** the program's path */
  to: string;
  /** how long Node.js may take to its first instruction @default as the source has it */
  startSeconds?: number;
}

/**
 * Compiles the launcher, mode 0755.
 * @returns what is linked in, e.g. "musl-dev 1.2.3-1"
 * @throws Problem with exit code 2 where the compiler or the package is missing
 */
export async function makeLauncher({ arch, to, startSeconds }: LauncherRequest): Promise<string> {
  const { compiler, musl, machine } = ARCHITECTURES[arch];
  const libc = await fetchLibc(arch);
  const unpacked = join(libc, "unpacked");
  const library = (name: string): string => join(unpacked, "usr/lib", musl, name);
  const ask = async (question: string): Promise<string> => (await runProcess([compiler, question])).trim();
  await runProcess([
    compiler,
    ...FLAGS,
    ...(startSeconds === undefined ? [] : [`-DSTART_SECONDS=${startSeconds}`]),
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
  return readFile(join(libc, "contents"), "utf8");
}

/** The package's files, fetched once. @returns a folder with `unpacked` and `contents` */
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
