// The runner for `try`: Node.js and the bundled program in a folder that any user can read. It replaces the volume that
// rollcall-install fills in a pod; the image's loader and libraries are not needed.
import { spawn } from "node:child_process";
import { chmod, copyFile, cp, mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { RUNNER_FILES } from "../../../init/contract/places.ts";
import { UnknownAnswer } from "../ending.ts";

const here = fileURLToPath(import.meta.url);

/** Copies Node.js and the runner into a folder, from the installed package or bundled from this checkout. */
export async function makeRunner(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const program = join(folder, RUNNER_FILES.program);
  const modules = join(folder, RUNNER_FILES.modules);
  const installed = basename(here) === "cli.mjs";
  if (installed) {
    await copyFile(join(here, "..", RUNNER_FILES.program), program);
    await cp(join(here, "..", RUNNER_FILES.modules), modules, { recursive: true });
  } else await bundle(folder);
  await copyFile(process.execPath, join(folder, RUNNER_FILES.node));
  const parts = (await readdir(modules)).map((name) => join(modules, name));
  // independent of the umask
  for (const path of [program, join(folder, RUNNER_FILES.node), modules, ...parts]) await chmod(path, 0o755);
}

async function bundle(folder: string): Promise<void> {
  const script = fileURLToPath(new URL("../../../build/bundle.ts", import.meta.url));
  const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new UnknownAnswer(`cannot bundle the runner: ${errors.trim().split("\n").at(-1)}`);
}
