// Answers per second of CPU time for reviews of 5 KB, compared with the floor in the same run. CPU time, because each
// server uses one core and other load must not matter. Both servers have the same flags, client, requests and answer
// length, and are warm, i.e. their code is compiled.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleProgram } from "../bundleProgram.ts";
import { FLAGS, type Stall, type WebhookProcess } from "../hostile/webhook.ts";
import { computeMedian } from "./growth.ts";
import { type LoadTarget, send } from "./load.ts";
import { TYPICAL_REVIEW } from "./typicalReview.ts";

export const LEAST_SHARE = 0.5;

/** As many as an API server may keep open; each carries one request after the other. */
const CONNECTIONS = 16;

const WARM_ANSWERS = 12_000;
const SLICE_MS = 250;

export interface Throughput {
  readonly bodyBytes: number;
  readonly answerBytes: number;
  /** answers per second of CPU time, medians */
  readonly floor: number;
  readonly webhook: number;
  /** the webhook's share of the floor: the median of the ratios of each round */
  readonly share: number;
  readonly rounds: readonly number[];
}

/** @param rounds each measures one slice of both servers */
export async function measureThroughput(webhook: WebhookProcess, rounds: number): Promise<Throughput> {
  const { text } = await webhook.post("/mutate?timeout=10s", TYPICAL_REVIEW);
  if (!text.includes('"patch"')) throw new Error(`the webhook does not inject: ${text.slice(0, 300)}`);
  const folder = await mkdtemp(join(tmpdir(), "rollcall-bench-"));
  const program = join(folder, "floor.mjs");
  await bundleProgram(new URL("floor.ts", import.meta.url), program);
  const floor = fork(program, [String(text.length)], { execArgv: [...FLAGS] });
  try {
    const [started] = await once(floor, "message");
    const target: LoadTarget = {
      port: webhook.port,
      ca: webhook.ca,
      servername: "rollcall.rollcall-system.svc",
    };
    const sides = [
      { target: started as LoadTarget, cpuMs: () => readCpuTime(floor), rates: [] as number[] },
      { target, cpuMs: async () => (await webhook.stall()).cpuMs, rates: [] as number[] },
    ];
    const warmUntil = { answers: WARM_ANSWERS, milliseconds: 15_000 };
    for (const { target } of sides) await send(target, TYPICAL_REVIEW, CONNECTIONS, warmUntil);
    for (let round = 0; round < rounds; round += 1) {
      for (const { target, cpuMs, rates } of sides) {
        const before = await cpuMs();
        const answers = await send(target, TYPICAL_REVIEW, CONNECTIONS, { milliseconds: SLICE_MS });
        rates.push((answers * 1000) / ((await cpuMs()) - before));
      }
    }
    const [floors = [], webhooks = []] = sides.map(({ rates }) => rates);
    const shares = webhooks.map((rate, round) => rate / (floors[round] ?? 1));
    return {
      bodyBytes: TYPICAL_REVIEW.length,
      answerBytes: text.length,
      floor: computeMedian(floors),
      webhook: computeMedian(webhooks),
      share: computeMedian(shares),
      rounds: shares,
    };
  } finally {
    floor.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

async function readCpuTime(child: ChildProcess): Promise<number> {
  const told = once(child, "message");
  child.send("tell");
  const [stall] = await told;
  return (stall as Stall).cpuMs;
}
