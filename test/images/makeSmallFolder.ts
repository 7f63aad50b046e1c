// Small stand-ins for the contents of an image: packing does not interpret the files.
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder with node, lib/, the launcher, modules/ and both programs, each with one line of text. */
export async function makeSmallFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-small-"));
  for (const name of ["lib", "modules"]) await mkdir(join(folder, name));
  const programs = ["rollcall", "rollcall.cjs", "modules/part.cjs", "webhook.mjs"];
  for (const name of ["node", "lib/ld.so", "lib/libc.so.6", ...programs]) {
    await writeFile(join(folder, name), `this is ${name}\n`);
  }
  for (const name of ["node", "lib/ld.so", "rollcall"]) await chmod(join(folder, name), 0o755);
  return folder;
}
