// How the cost of work grows with the size of its input, and the bounds on that growth.

const KIB = 1024;

/** Below this, the start of a program and noise dominate the measurement. */
const FROM_MS = 20;
/** For each doubling, without JSON.parse. */
export const MOST_GROWTH = 2.5;
/** The longest blocking of the event loop, without JSON.parse, which cannot be split. */
export const MOST_STRETCH_MS = 50;
/** A busy machine slows down all work, so a value beyond a bound is measured again before it is reported. */
const TRIES = 3;

/** The cost of one piece of work. */
export interface Cost {
  /** CPU time of the whole process in milliseconds */
  readonly cpuMs: number;
  /** its part in JSON.parse, which itself takes 2.5 times as long for twice as many keys above 50,000 */
  readonly parseMs: number;
  /**
   * the longest stretch of the main thread's CPU time between two turns of the event loop, in milliseconds; null: it
   * serves no requests in the meantime
   */
  readonly stretchMs: number | null;
  /** the result: done, denied, or the limit by which it was rejected */
  readonly outcome: string;
  /** a limit rejected it, so most of the work was not done */
  readonly isRefused: boolean;
}

/** Work on a list, a text or an answer whose length a tenant or peer controls. */
export interface Subject {
  readonly name: string;
  /** does the work once with input of this size */
  work(bytes: number): Promise<Cost>;
}

export interface MeasuredCost extends Cost {
  readonly kib: number;
}

export interface Growth {
  readonly name: string;
  readonly costs: readonly MeasuredCost[];
  /** exceeded bounds, one sentence each */
  readonly faults: readonly string[];
}

export const computeMedian = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0;

/**
 * Measures a subject at each size.
 * @param sizes in bytes, each twice the one before
 * @param rounds of which the median counts
 */
export async function measureGrowth(
  subject: Subject,
  { sizes, rounds }: { sizes: readonly number[]; rounds: number },
): Promise<Growth> {
  const { name } = subject;
  let growth: Growth = { name, costs: [], faults: [] };
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const costs: MeasuredCost[] = [];
    for (const bytes of sizes)
      costs.push({ kib: bytes / KIB, ...(await measureSize(subject, bytes, rounds)) });
    growth = { name, costs, faults: findFaults(name, costs) };
    if (growth.faults.length === 0) return growth;
  }
  return growth;
}

async function measureSize(subject: Subject, bytes: number, rounds: number): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) costs.push(await subject.work(bytes));
  const [first] = costs;
  if (first === undefined) throw new Error("no rounds");
  const stretches = costs.flatMap(({ stretchMs }) => stretchMs ?? []);
  return {
    ...first,
    cpuMs: computeMedian(costs.map(({ cpuMs }) => cpuMs)),
    parseMs: computeMedian(costs.map(({ parseMs }) => parseMs)),
    stretchMs: stretches.length === 0 ? null : computeMedian(stretches),
  };
}

const workIn = ({ cpuMs, parseMs }: Cost): number => cpuMs - parseMs;

/** The exceeded bounds. Rejected sizes are compared with one another, not with processed ones. */
export function findFaults(name: string, costs: readonly MeasuredCost[]): string[] {
  return costs.flatMap((cost, index) => {
    const { kib, stretchMs, isRefused } = cost;
    const before = costs[index - 1];
    const faults: string[] = [];
    if (before !== undefined && before.isRefused === isRefused && workIn(before) >= FROM_MS) {
      const growth = workIn(cost) / workIn(before);
      if (growth > MOST_GROWTH) {
        faults.push(
          `${name}: ${kib} KiB take ${workIn(cost).toFixed(0)} ms beside JSON.parse, ${growth.toFixed(1)} times as long as half of it`,
        );
      }
    }
    if (stretchMs !== null && stretchMs > MOST_STRETCH_MS)
      faults.push(`${name}: ${kib} KiB keep the event loop for ${stretchMs.toFixed(0)} ms at once`);
    return faults;
  });
}
