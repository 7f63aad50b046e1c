// The suites on real Ozone Managers in pods: a kind cluster of ours, this checkout's images and the OMs' on it, Rollcall
// installed with the suites' profiles.
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { down, load, readyCluster, up } from "../../../e2e/cluster/provider.ts";
import { tell } from "../../../e2e/harness/collect.ts";
import { kubectl } from "../../../e2e/harness/kubectl.ts";
import { install, loadImages, ROOT } from "../../../e2e/harness/rollcall.ts";
import { formatTally, runSuites } from "../../../e2e/harness/suites.ts";
import { abortOnSignal } from "../../../signal.ts";
import { readyJars } from "../processes/jars.ts";
import { timed } from "../processes/timed.ts";
import { ozoneImage } from "./image/image.ts";

export interface Asked {
  only: string;
  full: boolean;
  keep: boolean;
}

const PROFILES = join(ROOT, "test/presets/ozone-om/cluster/overlay/profiles.yaml");
const log = (line: string): void => console.error(`e2e:ozone: ${line}`);

/** Makes the image of the Ozone Managers where the cache has none. @returns its archive */
export const prepareImage = async (signal: AbortSignal): Promise<string> =>
  ozoneImage(await readyJars(), { log, signal });

/** Runs the suites and prints the closing line; the process's exit code is set by it. */
export async function runOnCluster({ only, full, keep }: Asked): Promise<void> {
  const files = (
    await Array.fromAsync(glob("test/presets/ozone-om/cluster/suites/**/*.e2e.ts", { cwd: ROOT }))
  )
    .filter((file) => file.includes(only) && (full || !file.includes("/full/")))
    .sort();
  if (files.length === 0) throw new Error(`no suite's path holds ${JSON.stringify(only)}`);
  const stop = abortOnSignal();
  const image = await prepareImage(stop);
  const had = await readyCluster();
  const given = { log, signal: stop, install: process.env["ROLLCALL_INSTALL"] === "1" };
  const cluster = had ?? (await timed("the cluster", () => up(given)));
  try {
    const k = kubectl(cluster);
    await loadImages(join(ROOT, "dist/images"), log);
    await timed("the image of the Ozone Managers, loaded", () => load(image));
    await install(k, { profiles: PROFILES }, log);
    const tally = await runSuites({ files, atOnce: 1, cluster, stop, log });
    if (tally.failed > 0) await tell(k, tally.failures, log);
    console.log(formatTally(tally));
    process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1;
  } finally {
    if (had === null && !keep) await down({ log });
    else log(`the cluster is left running: export KUBECONFIG=${cluster.kubeconfig}`);
  }
}
