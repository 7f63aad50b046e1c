// The installed command: one bundled file, which starts in a fifth of the time of the sources.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "./cli.ts";

/** It takes seconds; a machine with other work must not fail the whole run, which Mocha does not limit yet. */
const LIMIT_MS = 300_000;

/** Bundles the programs of this checkout; returns the path of the command. @param folder absolute */
export async function bundleCli(folder: string): Promise<string> {
  const script = fileURLToPath(new URL("../../../build/bundle.ts", import.meta.url));
  const { code, stderr } = await runProgram(process.execPath, [script, folder], {
    timeoutMs: LIMIT_MS,
  });
  if (code !== 0) throw new Error(`the programs cannot be bundled: ${stderr}`);
  return join(folder, "cli.mjs");
}
