// `npm run e2e:ozone -- --processes`: real Ozone Managers as plain processes on loopback.
//   --only NAME   suites whose file holds NAME
import { existsSync } from "node:fs";
import { glob } from "node:fs/promises";
import { resolve } from "node:path";
import { runMocha } from "../mocha.ts";
import { readOptions } from "../options.ts";
import { readyJars } from "./processes/jars.ts";

const HELP = `npm run e2e:ozone -- --processes [--only NAME]
Runs the suites on real Ozone Managers: one SCM and members as plain processes on loopback, the API server by a stand-in.
Needs Java 17 and, the first time, Maven and 500 MB for the jars.

  --processes   as processes; on a cluster is not part of this version
  --only NAME   only suites whose file's path holds NAME
`;

const OPTIONS = {
  processes: { type: "boolean", default: false },
  only: { type: "string", default: "" },
} as const;

async function main(words: readonly string[]): Promise<number | null> {
  const options = readOptions("e2e:ozone", HELP, OPTIONS, words);
  if (typeof options === "number") return options;
  if (!options.processes) {
    console.error(`e2e:ozone: --processes is the only way so far\n\n${HELP}`);
    return 2;
  }
  const all = await Array.fromAsync(glob("test/ozone/processes/suites/*.real.e2e.ts"));
  const files = all.filter((file) => file.includes(options.only)).sort();
  if (files.length === 0) {
    console.error(`e2e:ozone: no suite's path holds ${JSON.stringify(options.only)}`);
    return 2;
  }
  if (!existsSync("package.json")) throw new Error("run it by npm, in the checkout");
  process.env["ROLLCALL_OZONE_JARS"] = await readyJars();
  await runMocha(
    files.map((file) => resolve(file)),
    { timeout: 900_000, slow: 120_000, bail: false },
  );
  return null;
}

const code = await main(process.argv.slice(2));
if (code !== null) process.exitCode = code;
