// Part `install`: each way of installing Rollcall, on a cluster of its own on which nothing of Rollcall is installed yet.
import { join } from "node:path";
import { ensureTool } from "../e2e/cluster/provider.ts";
import { CHECKOUT_ROOT, loadImages } from "../e2e/harness/rollcall.ts";
import { formatTally, runSuites } from "../e2e/harness/suites.ts";
import { runOnOwnCluster } from "./runOnOwnCluster.ts";

const SUITE = "test/full/install/install.e2e.ts";

await runOnOwnCluster("install", async ({ options, start, signal, log }) => {
  for (const name of ["helm3", "helm4"] as const) await ensureTool(name, options);
  const cluster = await start();
  await loadImages(join(CHECKOUT_ROOT, "dist/images"), log);
  const tally = await runSuites({ files: [SUITE], atOnce: 1, cluster, stop: signal, log });
  console.log(formatTally(tally));
  return tally.failed === 0 && tally.skipped === 0 && tally.passed > 0 ? 0 : 1;
});
