// The parts `ozone-chart…`: Ozone's real Helm chart with Rollcall, by real Helm, on the cluster of this checkout.
//   --only NAME   suites of test/full/ozoneChart whose file name contains NAME
//   OZONE_CHART   the chart's folder
import { glob } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ClusterError } from "../e2e/cluster/failure.ts";
import { CHECKOUT_ROOT } from "../e2e/harness/rollcall.ts";
import { mustEnd } from "../mocha.ts";
import { runRingSuites } from "../presets/ozone-om/cluster/run.ts";
import { readChartPath } from "./ozoneChart/chart.ts";

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const all = await Array.fromAsync(glob("test/full/ozoneChart/*.e2e.ts", { cwd: CHECKOUT_ROOT }));
const files = all.filter((file) => file.includes(values.only)).sort();
if (files.length === 0) throw new Error(`no suite's path has ${values.only}`);
readChartPath();
try {
  await runRingSuites({ files, keep: false, profiles: null });
  mustEnd();
} catch (error) {
  if (!(error instanceof ClusterError)) throw error;
  console.error(`ozone-chart: ${error.message}`);
  process.exitCode = 1;
}
