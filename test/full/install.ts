// Part `install`: each way of installing Rollcall, on a cluster of its own on which nothing of Rollcall is installed yet.
import { join } from "node:path";
import { ClusterError } from "../e2e/cluster/failure.ts";
import { ensureCluster, ensureTool, removeCluster } from "../e2e/cluster/provider.ts";
import { clusterStatus } from "../e2e/cluster/status.ts";
import { CHECKOUT_ROOT, loadImages } from "../e2e/harness/rollcall.ts";
import { formatTally, runSuites } from "../e2e/harness/suites.ts";
import { abortOnSignal } from "../signal.ts";

const SUITE = "test/full/install/install.e2e.ts";

const log = (line: string): void => console.error(`install: ${line}`);

async function main(signal: AbortSignal): Promise<number> {
  const { phase } = await clusterStatus();
  if (phase !== "down")
    throw new ClusterError("this checkout has a cluster already: run `npm run cluster -- down` first");
  const options = { log, signal, ...(process.env["ROLLCALL_INSTALL"] === "1" ? { install: true } : {}) };
  try {
    for (const name of ["helm3", "helm4"] as const) await ensureTool(name, options);
    const cluster = await ensureCluster(options);
    await loadImages(join(CHECKOUT_ROOT, "dist/images"), log);
    const tally = await runSuites({ files: [SUITE], atOnce: 1, cluster, stop: signal, log });
    console.log(formatTally(tally));
    return tally.failed === 0 && tally.skipped === 0 && tally.passed > 0 ? 0 : 1;
  } finally {
    // without the signal: the cluster must also be removed after an interrupt
    await removeCluster({ log });
  }
}

const signal = abortOnSignal();
try {
  process.exitCode = await main(signal);
} catch (error) {
  if (!signal.aborted && !(error instanceof ClusterError)) throw error;
  log(signal.aborted ? "stopped by a signal" : (error as Error).message);
  process.exitCode = 1;
}
