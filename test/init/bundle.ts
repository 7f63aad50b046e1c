// The runner as it ships: one bundled file, made by the build's own script.
import { join } from "node:path";
import { run } from "../../build/images/command.ts";
import { PROGRAMS } from "../../build/images/image.ts";
import { ROOT } from "../../build/images/pins.ts";

/** Bundles the programs into a folder of the caller's and returns the path of the runner's. */
export async function runnerBundle(folder: string): Promise<string> {
  await run([process.execPath, join(ROOT, "build/bundle.ts"), folder]);
  return join(folder, PROGRAMS.init);
}
