// `npm run bench`: how the cost of input grows with its length, and how far the webhook is from a server that does
// nothing. The built webhook runs as a process of its own. Exits 1 if a bound is exceeded.
//   npm run bench -- WORD      only subjects whose name contains WORD; `throughput` is one of the names
//   npm run bench -- --quick   two sizes, a median of three, and no throughput: a minute
//   npm run bench -- -o json   the same as one JSON document
import { parseArgs } from "node:util";
import { WebhookProcess } from "../hostile/webhook.ts";
import { type Growth, measureGrowth, type Subject } from "./growth.ts";
import { openReaders } from "./openReaders.ts";
import { reviewSubjects } from "./reviews.ts";
import { printGrowth, printHead, printThroughput } from "./table.ts";
import { LEAST_SHARE, measureThroughput, type Throughput } from "./throughput.ts";

const KIB = 1024;

/** Sizes of reviews, up to the API server's limit; a median of seven. */
const WHOLE = { sizes: [96, 192, 384, 768, 1536, 3072].map((kib) => kib * KIB), rounds: 7 };
const QUICK = { sizes: [768, 1536].map((kib) => kib * KIB), rounds: 3 };

const ROUNDS = 30;

/** On a machine that is too busy some subjects are skipped, and the output says so. */
const MOST_MS = 5 * 60_000;

const { values, positionals } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", short: "o", default: "text" },
  },
  allowPositionals: true,
});
const [word = ""] = positionals;
const isJson = values.output === "json";
const print = (line: string): void => {
  if (!isJson) console.log(line);
};

async function measureAll(
  subjects: readonly Subject[],
  how: { sizes: readonly number[]; rounds: number },
): Promise<Growth[]> {
  const wanted = subjects.filter(({ name }) => name.includes(word));
  if (wanted.length > 0) print(printHead(how.sizes));
  const all: Growth[] = [];
  for (const subject of wanted) {
    if (performance.now() > MOST_MS) {
      unmeasured.push(subject.name);
      continue;
    }
    const growth = await measureGrowth(subject, how);
    print(printGrowth(growth));
    all.push(growth);
  }
  return all;
}

const webhook = await WebhookProcess.start();
const readers = await openReaders();
const growths: Growth[] = [];
const unmeasured: string[] = [];
let throughput: Throughput | null = null;
try {
  if (!values.quick && "throughput".includes(word)) {
    throughput = await measureThroughput(webhook, ROUNDS);
    print(printThroughput(throughput));
  }
  growths.push(...(await measureAll(reviewSubjects(webhook), values.quick ? QUICK : WHOLE)));
  for (const { sizes, subjects } of readers.groups) {
    // each round is already a mean of several
    const how = { sizes: values.quick ? sizes.slice(-3) : sizes, rounds: QUICK.rounds };
    growths.push(...(await measureAll(subjects, how)));
  }
} finally {
  await readers.close();
  await webhook.stop();
}
const faults = growths.flatMap((growth) => growth.faults);
const isSlow = throughput !== null && throughput.share < LEAST_SHARE;
if (isSlow) faults.push(`throughput: ${throughput?.share.toFixed(2)} of the floor, at least ${LEAST_SHARE}`);
if (unmeasured.length > 0)
  faults.push(`not measured within ${MOST_MS / 60_000} minutes: ${unmeasured.join(", ")}`);
if (isJson) console.log(JSON.stringify({ throughput, growths, faults }, null, 2));
for (const fault of faults) print(`BOUND EXCEEDED ${fault}`);
const bad = growths.filter((growth) => growth.faults.length > 0).length + unmeasured.length;
const measured = growths.length + unmeasured.length + (throughput === null ? 0 : 1);
const failed = bad + (isSlow ? 1 : 0);
print(`${measured - failed} passed, ${failed} failed`);
process.exitCode = faults.length > 0 ? 1 : 0;
