// `npm run bench`: how the webhook's time grows with what a tenant makes long, and how far it is from the floor. The
// built webhook as a process of its own; exit 1 where a bound does not hold.
//   npm run bench -- WORD   only the lists whose name holds WORD, or the throughput
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pod, podReview } from "../hostile/reviews.ts";
import { Webhook } from "../hostile/webhook.ts";
import { LISTS, type LongList } from "./lists.ts";
import { type Target, throughput } from "./load.ts";

const KIB = 1024;
const SIZES = [96, 192, 384, 768, 1536, 3072].map((kib) => kib * KIB);
const ROUNDS = 7;
/** Below it the machine's noise is most of what is measured. */
const FROM_MS = 20;
const MOST_GROWTH = 2.5;
/** Beyond JSON.parse, which nothing divides. */
const MOST_STALL_MS = 50;
const LEAST_SHARE = 0.5;

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0;

interface Cost {
  /** CPU of the process, so that what else runs on this machine does not count */
  readonly cpuMs: number;
  readonly stallMs: number;
  /** patched or allowed, denied, or refused before it was read */
  readonly answer: string;
}

async function measure(webhook: Webhook, { path, body }: LongList, bytes: number): Promise<Cost> {
  const sent = body(bytes);
  const costs: Cost[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await webhook.stall();
    const { status, text } = await webhook.post(`${path}?timeout=30s`, sent);
    const after = await webhook.stall();
    const answer = status === 200 ? (text.includes('"allowed":true') ? "done" : "denied") : String(status);
    const stallMs = Math.max(0, after.longest - after.parse);
    costs.push({ cpuMs: after.cpuMs - before.cpuMs, stallMs, answer });
  }
  return {
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
    stallMs: median(costs.map(({ stallMs }) => stallMs)),
    answer: costs[0]?.answer ?? "",
  };
}

/** One line for a list, and what of it is beyond a bound. */
async function judgeList(webhook: Webhook, list: LongList): Promise<string[]> {
  const faults: string[] = [];
  const cells: string[] = [];
  let last: Cost | null = null;
  for (const bytes of SIZES) {
    const cost = await measure(webhook, list, bytes);
    cells.push(`${cost.cpuMs.toFixed(0).padStart(4)}/${cost.stallMs.toFixed(0)} ${cost.answer}`.padEnd(16));
    const growth = last === null ? 0 : cost.cpuMs / last.cpuMs;
    if (last !== null && last.cpuMs >= FROM_MS && last.answer === cost.answer && growth > MOST_GROWTH) {
      faults.push(`${list.name}: ${growth.toFixed(1)} times the time at ${bytes / KIB} KiB`);
    }
    if (cost.stallMs > MOST_STALL_MS) {
      faults.push(
        `${list.name}: the event loop stood still for ${cost.stallMs.toFixed(0)} ms at ${bytes / KIB} KiB`,
      );
    }
    last = cost;
  }
  console.log(`${list.name.padEnd(24)}${cells.join("")}`);
  return faults;
}

/** A pod of 5 KB. */
const usual = (): string => {
  const env = Array.from({ length: 60 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `value of ${index}`,
  }));
  return podReview(
    pod("demo", {
      containers: [
        { name: "app", image: "app:1", env, volumeMounts: [{ name: "data", mountPath: "/data" }] },
      ],
    }),
    {
      dryRun: false,
    },
  );
};

/** CPU milliseconds that a process has taken, by its own word. */
type AskCpu = () => Promise<number>;

/** Answers for a second of CPU: one core is all that either server has, and other programs' time does not count. */
async function perCpuSecond(target: Target, body: string, cpu: AskCpu): Promise<number> {
  const milliseconds = 1_500;
  const before = await cpu();
  const rate = await throughput(target, body, { connections: 16, milliseconds });
  return (rate * milliseconds) / ((await cpu()) - before);
}

async function judgeThroughput(webhook: Webhook): Promise<string[]> {
  const floor = fork(fileURLToPath(new URL("floor.ts", import.meta.url)));
  try {
    const [started] = await once(floor, "message");
    const askFloor = async (): Promise<number> => {
      const told = once(floor, "message");
      floor.send("cpu");
      const [{ cpuMs }] = (await told) as [{ cpuMs: number }];
      return cpuMs;
    };
    const askOurs = async (): Promise<number> => (await webhook.stall()).cpuMs;
    const ours: Target = { port: webhook.port, ca: webhook.ca, servername: "rollcall.rollcall-system.svc" };
    const body = usual();
    const shares: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const most = await perCpuSecond(started as Target, body, askFloor);
      const share = (await perCpuSecond(ours, body, askOurs)) / most;
      // the first one warms both up
      if (round > 0) shares.push(share);
      console.log(
        `round ${round}: the floor answers ${most.toFixed(0)} in a second of CPU, the webhook ${share.toFixed(2)} of that`,
      );
    }
    const share = median(shares);
    console.log(`throughput at ${(body.length / 1000).toFixed(1)} KB: ${share.toFixed(2)} of the floor`);
    return share >= LEAST_SHARE
      ? []
      : [`throughput: ${share.toFixed(2)} of the floor, at least ${LEAST_SHARE}`];
  } finally {
    floor.disconnect();
  }
}

const [word = ""] = process.argv.slice(2);
const webhook = await Webhook.start();
const faults: string[] = [];
try {
  if ("throughput".includes(word)) faults.push(...(await judgeThroughput(webhook)));
  const lists = LISTS.filter(({ name }) => name.includes(word));
  if (lists.length > 0) {
    console.log(
      `milliseconds of CPU / longest stretch beyond JSON.parse, at ${SIZES.map((each) => `${each / KIB}`).join(", ")} KiB`,
    );
  }
  for (const list of lists) faults.push(...(await judgeList(webhook, list)));
} finally {
  await webhook.stop();
}
for (const fault of faults) console.log(`BEYOND ITS BOUND ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
