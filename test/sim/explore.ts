// The explorations, each with its bounds: what `npm test` has time for, and the whole.
import { everyInterleaving } from "./pair.ts";
import { playSeed } from "./seeds.ts";
import { type Shape, shapesUpTo, shapeText } from "./shapes.ts";
import { beginningsOf, everyDoubleFault, everySingleFault } from "./single.ts";
import { everyDistinctFaultIn, everyFaultIn } from "./situation.ts";
import { SITUATIONS } from "./situations/all.ts";
import type { Situation } from "./situations/situation.ts";

/** A part of the whole: its name, and how many runs it was. */
export interface Part {
  name: string;
  play: () => Promise<number>;
}

const pod = { steps: "p", lock: "lease" } as const;
const PAIRS: readonly Shape[] = [
  { steps: "r", store: "pvc", lock: "lease" },
  { steps: "r", store: "pvc", lock: "s3" },
  { steps: "r", store: "s3", lock: "lease" },
  { steps: "prp", store: "both", lock: "s3" },
];

const singles = (shapes: readonly Shape[]) => async (): Promise<number> => {
  let count = 0;
  for (const shape of shapes) {
    for (const beginning of beginningsOf(shape)) count += await everySingleFault(shape, beginning);
  }
  return count;
};

/** For plans of four and five steps the beginnings tell nothing new. */
const freshSingles = (shapes: readonly Shape[]) => async (): Promise<number> => {
  let count = 0;
  for (const shape of shapes) count += await everySingleFault(shape, "fresh");
  return count;
};

const doubles = (shapes: readonly Shape[]) => async (): Promise<number> => {
  let count = 0;
  for (const shape of shapes) {
    for (const beginning of beginningsOf(shape)) count += await everyDoubleFault(shape, beginning);
  }
  return count;
};

const pairs = (shapes: readonly Shape[], switches: number) => async (): Promise<number> => {
  let count = 0;
  for (const shape of shapes) count += await everyInterleaving(shape, switches);
  return count;
};

const seeds = (from: number, to: number) => async (): Promise<number> => {
  for (let seed = from; seed < to; seed += 1) await playSeed(seed);
  return to - from;
};

const situations = (playOne: (situation: Situation) => Promise<number>) => async (): Promise<number> => {
  let count = 0;
  for (const situation of SITUATIONS) count += await playOne(situation);
  return count;
};

const BOTH: Shape = { ...pod, store: "both" };

/**
 * What `npm test` plays. It is chosen by the branches of the engine that a part is the first to see, and by the time that
 * it takes: together these see every branch in about fifteen seconds, where counting takes a third of the time.
 */
export const COUNTED: readonly Part[] = [
  {
    name: "situations, clean and with a fault at each distinct call",
    play: situations(everyDistinctFaultIn),
  },
  { name: "every single fault, a pod step with both stores", play: singles([BOTH]) },
  { name: "two pods, every schedule of one switch", play: pairs(PAIRS, 1) },
  { name: "schedules by seed, the first 150", play: seeds(0, 150) },
];

/** What `npm run test:full -- --part sim` plays besides: it sees no other branch, but more states in each. */
export const UNCOUNTED: readonly Part[] = [
  { name: "situations, clean and with a fault at each call", play: situations(everyFaultIn) },
  {
    name: "every single fault, other plans of one step",
    play: singles(shapesUpTo(1).filter((shape) => shapeText(shape) !== shapeText(BOTH))),
  },
  { name: "every second cut, a pod step with both stores", play: doubles([BOTH]) },
  { name: "schedules by seed, 100 more", play: seeds(150, 250) },
];

/** All that is claimed, for some hours of one core: `node test/sim/main.ts --full`. */
export const FULL: readonly Part[] = [
  {
    name: "situations, clean and with a fault at each call",
    play: situations(everyFaultIn),
  },
  { name: "every single fault, plans of one to three steps", play: singles(shapesUpTo(3)) },
  {
    name: "every single fault, plans of four and five steps",
    play: freshSingles(shapesUpTo(5).filter(({ steps }) => steps.length > 3)),
  },
  { name: "every second cut, plans of one and two steps", play: doubles(shapesUpTo(2)) },
  { name: "two pods, every schedule of up to two switches", play: pairs(PAIRS, 2) },
  {
    name: "two pods, every schedule of up to three switches, a release step",
    play: pairs(PAIRS.slice(0, 2), 3),
  },
  { name: "schedules by seed, two to seven pods", play: seeds(0, 100_000) },
];
