// Small stand-ins for the contents of an image: packing does not interpret the files.
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LICENCES, RUNTIME_LICENCES } from "../../build/images/licences.ts";

/** A new folder with node, lib/, the launcher, modules/, both programs and their licences, each with one line of text. */
export async function makeSmallFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-small-"));
  for (const name of ["lib", "modules", LICENCES]) await mkdir(join(folder, name));
  const programs = ["rollcall", "rollcall.cjs", "modules/part.cjs", "webhook.mjs"];
  const licences = ["webhook", "rollcall"].map((name) => `${LICENCES}/${name}.txt`);
  const texts = [...Object.values(RUNTIME_LICENCES), ...licences];
  for (const name of ["node", "lib/ld.so", "lib/libc.so.6", ...programs, ...texts]) {
    await writeFile(join(folder, name), `this is ${name}\n`);
  }
  for (const name of ["node", "lib/ld.so", "rollcall"]) await chmod(join(folder, name), 0o755);
  return folder;
}
