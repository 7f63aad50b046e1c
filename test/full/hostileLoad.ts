// Part `hostile-load`: hostile requests of every actor of docs/threat-model.md beside 20 honest admissions a second, on a
// cluster, with the base's own memory limit. No call to the webhook fails, and it is not restarted.
//   ROLLCALL_MINUTES=N      so long @default 10
//   ROLLCALL_CHECKOUT=PATH  the webhook and the manifests of another checkout
import { resolve } from "node:path";
import { findReadyCluster } from "../e2e/cluster/provider.ts";
import { openClusterApi } from "../e2e/harness/api.ts";
import { callTimesOf, countFailedCalls, findBound, readCallFailures } from "../e2e/harness/calls.ts";
import { createKubectl, type Kubectl } from "../e2e/harness/kubectl.ts";
import { CHECKOUT_ROOT } from "../e2e/harness/rollcall.ts";
import { abortOnSignal } from "../signal.ts";
import { type HonestTally, sendHonest } from "./hostileLoad/honest.ts";
import { sendAsAuthors } from "./hostileLoad/sendAsAuthors.ts";
import { NAMESPACES, setUp, tearDown } from "./hostileLoad/setup.ts";
import { listWebhookPods, readPeak, type WebhookPod } from "./hostileLoad/webhookPods.ts";

const log = (line: string): void => console.error(`hostile-load: ${line}`);

/** Interval of the checks for failures and restarts, so that their time is known. */
const LOOK_EVERY_MS = 5_000;

interface LoadObservation {
  readonly tally: HonestTally;
  readonly failedCalls: number;
  readonly pods: readonly WebhookPod[];
}

/** @returns the violated expectations, one sentence each */
function judge({ tally, failedCalls, pods }: LoadObservation): string[] {
  const restarted = pods.filter(({ restarts }) => restarts > 0);
  const [first] = tally.refused.toSorted((one, other) => one.second - other.second);
  return [
    ...(failedCalls > 0 ? [`${failedCalls} calls to the webhook failed, by the API server's count`] : []),
    ...restarted.map(({ name, restarts, why }) => `${name} was restarted ${restarts} times (${why})`),
    ...(first === undefined
      ? []
      : [
          `${tally.refused.length} honest requests were not admitted, the first after ${first.second} s: ${first.why}`,
        ]),
  ];
}

const percentile = (sorted: readonly number[], share: number): string =>
  `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN)} ms`;

/** Prints each change of the failure counts until the end. */
async function watch(k: Kubectl, failedBefore: number, over: AbortSignal): Promise<void> {
  const began = performance.now();
  let last = "";
  while (!over.aborted) {
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    // a slow API server is queried again later; only the final counts matter
    const seen = await Promise.all([countFailedCalls(k), listWebhookPods(k)]).catch(() => null);
    if (seen === null) continue;
    const [failed, pods] = seen;
    const restarts = pods.map((pod) => pod.restarts).join(" and ");
    const now = `${failed - failedBefore} failed calls, restarts ${restarts}`;
    if (now !== last) log(`after ${Math.round((performance.now() - began) / 1000)} s: ${now}`);
    last = now;
  }
}

async function run(k: Kubectl, kubeconfig: string, minutes: number, stop: AbortSignal): Promise<string[]> {
  const api = await openClusterApi(kubeconfig);
  const failedBefore = await countFailedCalls(k);
  const began = performance.now();
  const timesBefore = await callTimesOf(k);
  log(`${minutes} minutes of every actor, and 20 honest admissions a second`);
  const over = new AbortController();
  const until = AbortSignal.any([stop, over.signal]);
  const authors = sendAsAuthors(api, until);
  const watching = watch(k, failedBefore, until);
  const tally = await sendHonest(api, minutes * 60, stop);
  over.abort();
  const counts = await authors;
  await watching;
  const pods = await listWebhookPods(k);
  const failedCalls = (await countFailedCalls(k)) - failedBefore;
  const timesAfter = await callTimesOf(k);
  const sorted = tally.milliseconds.toSorted((one, other) => one - other);
  console.log(
    `${sorted.length} honest requests: p50 ${percentile(sorted, 0.5)}, p99 ${percentile(sorted, 0.99)}, longest ${percentile(sorted, 1)}`,
  );
  const [half, most] = [0.5, 0.99].map((share) => findBound(share, timesBefore, timesAfter));
  console.log(
    `calls to the webhook, by the API server's buckets: p50 within ${half} s, p99 within ${most} s`,
  );
  for (const { name, restarts } of pods) {
    const peak = await readPeak(k, name).then(String, () => "?");
    console.log(`${name}: ${restarts} restarts, ${peak} MiB at most since its last start`);
  }
  for (const [what, count] of counts) console.log(`authors: ${count} times ${what}`);
  await tellPrograms(k);
  const failures = failedCalls > 0 ? await readCallFailures(k, (performance.now() - began) / 1000) : [];
  const cutShort = failures.filter(({ isCutShort }) => isCutShort).length;
  for (const { line } of failures) console.log(`the API server's log: ${line}`);
  if (cutShort > 0)
    console.log(`${cutShort} of ${failedCalls} failed calls belong to hostile requests that timed out`);
  return judge({ tally, failedCalls: Math.max(0, failedCalls - cutShort), pods });
}

/** The last line of output of each program in a pod: its requests and their results. */
async function tellPrograms(k: Kubectl): Promise<void> {
  for (const [namespace, name] of [
    [NAMESPACES.caller, "caller"],
    [NAMESPACES.ring, "ring"],
    [NAMESPACES.member, "member"],
    [NAMESPACES.bucket, "bucket"],
  ]) {
    const said = await k.try(["-n", namespace ?? "", "logs", "-l", `app=${name}`, "--tail=1", "--prefix"]);
    console.log(said.stdout.trim() || said.stderr.trim());
  }
}

async function main(stop: AbortSignal): Promise<number> {
  const minutes = Number(process.env["ROLLCALL_MINUTES"] ?? 10);
  const checkout = resolve(process.env["ROLLCALL_CHECKOUT"] ?? CHECKOUT_ROOT);
  const cluster = await findReadyCluster();
  if (cluster === null) throw new Error("this checkout has no running cluster: run `npm run cluster -- up`");
  const k = createKubectl(cluster);
  try {
    await setUp({ k, checkout, log });
    const faults = await run(k, cluster.kubeconfig, minutes, stop);
    for (const fault of faults) console.log(`FAILED ${fault}`);
    console.log(faults.length === 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
    return faults.length === 0 && !stop.aborted ? 0 : 1;
  } finally {
    await tearDown(k);
  }
}

process.exitCode = await main(abortOnSignal());
