// Runs the suites on real Ozone Managers in pods: on a kind cluster with the images of this checkout and of the Ozone
// Managers, and Rollcall installed with the suites' profiles.
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { ensureCluster, findReadyCluster, load, removeCluster } from "../../../e2e/cluster/provider.ts";
import { createKubectl } from "../../../e2e/harness/kubectl.ts";
import { printDiagnostics } from "../../../e2e/harness/printDiagnostics.ts";
import { CHECKOUT_ROOT, installRollcall, loadImages } from "../../../e2e/harness/rollcall.ts";
import { formatTally, runSuites } from "../../../e2e/harness/suites.ts";
import { abortOnSignal } from "../../../signal.ts";
import { measureTime } from "../processes/measureTime.ts";
import { prepareJars } from "../processes/prepareJars.ts";
import { ensureOzoneImage } from "./image/image.ts";

export interface RingRunOptions {
  only: string;
  full: boolean;
  keep: boolean;
}

const PROFILES = join(CHECKOUT_ROOT, "test/presets/ozone-om/cluster/overlay/profiles.yaml");
const log = (line: string): void => console.error(`e2e:ozone: ${line}`);

/** Builds the image of the Ozone Managers unless it is cached. @returns its archive */
export const prepareOzoneImage = async (signal: AbortSignal): Promise<string> =>
  ensureOzoneImage(await prepareJars(), { log, signal });

/** Runs the suites of this folder, prints the summary line and sets the process's exit code. */
export async function runOnCluster({ only, full, keep }: RingRunOptions): Promise<void> {
  const files = (
    await Array.fromAsync(glob("test/presets/ozone-om/cluster/suites/**/*.e2e.ts", { cwd: CHECKOUT_ROOT }))
  )
    .filter((file) => file.includes(only) && (full || !file.includes("/full/")))
    .sort();
  if (files.length === 0) throw new Error(`no suite's path holds ${JSON.stringify(only)}`);
  await runRingSuites({ files, keep, profiles: PROFILES });
}

export interface RingSuites {
  /** paths relative to the checkout */
  readonly files: readonly string[];
  /** leaves a cluster running that this started */
  readonly keep: boolean;
  /** a file of profiles to install; null: the suites apply their own */
  readonly profiles: string | null;
}

/**
 * Runs suites one after the other on a cluster with Rollcall and the image of the Ozone Managers. Prints the summary line
 * and sets the process's exit code.
 */
export async function runRingSuites({ files, keep, profiles }: RingSuites): Promise<void> {
  const stop = abortOnSignal();
  const image = await prepareOzoneImage(stop);
  const had = await findReadyCluster();
  const given = { log, signal: stop, install: process.env["ROLLCALL_INSTALL"] === "1" };
  const cluster = had ?? (await measureTime("the cluster", () => ensureCluster(given)));
  try {
    const k = createKubectl(cluster);
    await loadImages(join(CHECKOUT_ROOT, "dist/images"), log);
    await measureTime("the image of the Ozone Managers, loaded", () => load(image));
    await installRollcall(k, { profiles }, log);
    const tally = await runSuites({ files, atOnce: 1, cluster, stop, log });
    if (tally.failed > 0) await printDiagnostics(k, tally.failures, log);
    console.log(formatTally(tally));
    process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1;
  } finally {
    if (had === null && !keep) await removeCluster({ log });
    else log(`the cluster is left running: export KUBECONFIG=${cluster.kubeconfig}`);
  }
}
