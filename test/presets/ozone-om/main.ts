// `npm run e2e:ozone`: real Ozone Managers in pods on a kind cluster; --processes: as processes on loopback.
//   --only NAME   suites whose file name contains NAME  --full   also suites that are too long for CI
//   --keep        leave the cluster running             --image  only build the image of the Ozone Managers
import { existsSync } from "node:fs";
import { glob } from "node:fs/promises";
import { resolve } from "node:path";
import { ClusterError } from "../../e2e/cluster/failure.ts";
import { makeInterruptible } from "../../interrupted.ts";
import { mustEnd, runMocha } from "../../mocha.ts";
import { parseOptions } from "../../parseOptions.ts";
import { abortOnSignal } from "../../signal.ts";
import { prepareOzoneImage, runOnCluster } from "./cluster/run.ts";
import { prepareJars } from "./processes/prepareJars.ts";

const HELP = `npm run e2e:ozone -- [--processes | --image] [--only NAME] [--keep] [--full]
Runs the suites on real Ozone Managers, in pods of a kind cluster, which it starts where none of ours is up.
Needs a JDK 17 and, the first time, Maven and 1.2 GB for the jars and the image; ROLLCALL_INSTALL=1 installs what is
missing (apt, as root).

  --processes   as plain processes on loopback instead: one SCM and members, the API server by a stand-in
  --image       makes the image of the Ozone Managers where the cache has none, and starts nothing
  --only NAME   only suites whose file's path holds NAME
  --keep        leave a cluster that it has started running
  --full        also the suites that are too long for CI
`;

const OPTIONS = {
  processes: { type: "boolean", default: false },
  image: { type: "boolean", default: false },
  only: { type: "string", default: "" },
  keep: { type: "boolean", default: false },
  full: { type: "boolean", default: false },
} as const;

async function main(words: readonly string[]): Promise<number | null> {
  const options = parseOptions("e2e:ozone", HELP, OPTIONS, words);
  if (typeof options === "number") return options;
  if (!existsSync("package.json")) throw new Error("run it by npm, in the checkout");
  if (options.image) {
    await prepareOzoneImage(abortOnSignal());
    return 0;
  }
  if (!options.processes) {
    await runOnCluster(options);
    mustEnd();
    return null;
  }
  const all = await Array.fromAsync(glob("test/presets/ozone-om/processes/suites/*.real.e2e.ts"));
  const files = all.filter((file) => file.includes(options.only)).sort();
  if (files.length === 0) {
    console.error(`e2e:ozone: no suite's path holds ${JSON.stringify(options.only)}`);
    return 2;
  }
  const { stop, finish } = makeInterruptible();
  process.env["ROLLCALL_OZONE_JARS"] = await prepareJars();
  await runMocha(
    files.map((file) => resolve(file)),
    { timeout: 900_000, slow: 120_000, bail: false },
    { stop },
  );
  await finish();
  return null;
}

const code = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof ClusterError)) throw error;
  console.error(`e2e:ozone: ${error.message}`);
  return 1;
});
if (code !== null) process.exitCode = code;
