// The runner as it ships: one bundled file, made by the build's own script.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "../../build/images/command.ts";
import { PROGRAMS } from "../../build/images/image.ts";
import { ROOT } from "../../build/images/pins.ts";
import { BUNDLED } from "../programs.ts";

/** Bundles the programs into a folder and returns the path of the runner. */
export async function bundleRunner(folder: string): Promise<string> {
  if (BUNDLED === null) await runProcess([process.execPath, join(ROOT, "build/bundle.ts"), folder]);
  else await cp(BUNDLED, folder, { recursive: true });
  return join(folder, PROGRAMS.init);
}
