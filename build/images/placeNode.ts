// Provides the pinned Node.js binary of an architecture: the one that npm installed, or for another architecture the
// tarball of the same package, verified against the lock file.
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import * as z from "zod";
import { runProcess } from "./command.ts";
import { type NodePin, ROOT } from "./pins.ts";
import { BuildProblem } from "./problem.ts";

/** Paths of the package's files, and where they go. */
const FILES = { program: "bin/node", licence: "LICENSE" } as const;

/**
 * Copies the pinned binary, mode 0755, and its licence, mode 0644.
 * @param to paths
 * @param scratch an empty folder
 */
export async function placeNode(
  pin: NodePin,
  to: Readonly<Record<keyof typeof FILES, string>>,
  scratch: string,
): Promise<void> {
  const installed = join(ROOT, "node_modules", pin.npmPackage);
  if ((await installedVersion(installed)) === pin.version) {
    await copyFile(join(installed, FILES.program), to.program);
    await copyFile(join(installed, FILES.licence), to.licence);
  } else {
    const tarball = await fetchNode(pin, scratch);
    await writeFile(to.program, await readFileIn(tarball, `package/${FILES.program}`));
    await writeFile(to.licence, await readFileIn(tarball, `package/${FILES.licence}`));
  }
  await chmod(to.program, 0o755);
  await chmod(to.licence, 0o644);
}

/** null if npm did not install the package, as for another architecture. */
async function installedVersion(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => null);
  return text === null ? null : z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** The verified tarball of the package. */
async function fetchNode({ npmPackage, version, sha512 }: NodePin, scratch: string): Promise<Buffer> {
  await mkdir(scratch, { recursive: true });
  const packed = await runProcess(
    ["npm", "pack", "--json", `--pack-destination=${scratch}`, `${npmPackage}@${version}`],
    {
      cwd: ROOT,
      fetches: true,
    },
  );
  const [{ filename }] = z.tuple([z.object({ filename: z.string() })]).parse(JSON.parse(packed));
  const tarball = await readFile(join(scratch, filename));
  if (createHash("sha512").update(tarball).digest("base64") !== sha512) {
    throw new BuildProblem(
      `the fetched ${filename} is not the one that package-lock.json names: its sha512 differs`,
    );
  }
  return tarball;
}

async function readFileIn(tarball: Buffer, path: string): Promise<Buffer> {
  const files = extract();
  files.end(gunzipSync(tarball));
  for await (const file of files) {
    if (file.header.name === path) return buffer(file);
    file.resume();
  }
  throw new BuildProblem(`the fetched package holds no ${path}`);
}
