// The explorations with their bounds: a part that `npm test` has time for, and all of them.
import { playInterleavings } from "./pair.ts";
import { playSeed } from "./seeds.ts";
import { formatShape, listShapes, type PlanShape } from "./shapes.ts";
import { listInitialStates, playDoubleFaults, playSingleFaults } from "./single.ts";
import { playDistinctFaults, playEveryFault } from "./situation.ts";
import { ALL_SITUATIONS } from "./situations/all.ts";
import type { Situation } from "./situations/situation.ts";

/** A part of the exploration: its name, and the number of runs. */
export interface ExplorationPart {
  name: string;
  play: () => Promise<number>;
}

const pod = { steps: "p", lock: "lease" } as const;
const PAIRS: readonly PlanShape[] = [
  { steps: "r", store: "pvc", lock: "lease" },
  { steps: "r", store: "pvc", lock: "s3" },
  { steps: "r", store: "s3", lock: "lease" },
  { steps: "prp", store: "both", lock: "s3" },
];

const singles = (shapes: readonly PlanShape[]) => async (): Promise<number> => {
  let count = 0;
  for (const shape of shapes) {
    for (const beginning of listInitialStates(shape)) count += await playSingleFaults(shape, beginning);
  }
  return count;
};

/** Plans of four and five steps reach no new states from other initial states. */
const freshSingles = (shapes: readonly PlanShape[]) => async (): Promise<number> => {
  let count = 0;
  for (const shape of shapes) count += await playSingleFaults(shape, "fresh");
  return count;
};

const doubles = (shapes: readonly PlanShape[]) => async (): Promise<number> => {
  let count = 0;
  for (const shape of shapes) {
    for (const beginning of listInitialStates(shape)) count += await playDoubleFaults(shape, beginning);
  }
  return count;
};

const pairs = (shapes: readonly PlanShape[], switches: number) => async (): Promise<number> => {
  let count = 0;
  for (const shape of shapes) count += await playInterleavings(shape, switches);
  return count;
};

const seeds = (from: number, to: number) => async (): Promise<number> => {
  for (let seed = from; seed < to; seed += 1) await playSeed(seed);
  return to - from;
};

const situations = (playOne: (situation: Situation) => Promise<number>) => async (): Promise<number> => {
  let count = 0;
  for (const situation of ALL_SITUATIONS) count += await playOne(situation);
  return count;
};

const BOTH: PlanShape = { ...pod, store: "both" };

/**
 * What `npm test` plays. Chosen by the branches of the engine that a part is the first to reach, and by duration:
 * together they reach every branch in about fifteen seconds, of which counting takes a third.
 */
export const COUNTED: readonly ExplorationPart[] = [
  {
    name: "situations, clean and with a fault at each distinct call",
    play: situations(playDistinctFaults),
  },
  { name: "every single fault, a pod step with both stores", play: singles([BOTH]) },
  { name: "two pods, every schedule of one switch", play: pairs(PAIRS, 1) },
  { name: "schedules by seed, the first 150", play: seeds(0, 150) },
];

/** What `npm run test:full -- --part sim` plays in addition: it reaches no other branch, but more states in each. */
export const UNCOUNTED: readonly ExplorationPart[] = [
  { name: "situations, clean and with a fault at each call", play: situations(playEveryFault) },
  {
    name: "every single fault, other plans of one step",
    play: singles(listShapes(1).filter((shape) => formatShape(shape) !== formatShape(BOTH))),
  },
  { name: "every second cut, a pod step with both stores", play: doubles([BOTH]) },
  { name: "schedules by seed, 100 more", play: seeds(150, 250) },
];

/** Everything, for some hours of one core: `node test/sim/main.ts --full`. */
export const FULL: readonly ExplorationPart[] = [
  {
    name: "situations, clean and with a fault at each call",
    play: situations(playEveryFault),
  },
  { name: "every single fault, plans of one to three steps", play: singles(listShapes(3)) },
  {
    name: "every single fault, plans of four and five steps",
    play: freshSingles(listShapes(5).filter(({ steps }) => steps.length > 3)),
  },
  { name: "every second cut, plans of one and two steps", play: doubles(listShapes(2)) },
  { name: "two pods, every schedule of up to two switches", play: pairs(PAIRS, 2) },
  {
    name: "two pods, every schedule of up to three switches, a release step",
    play: pairs(PAIRS.slice(0, 2), 3),
  },
  { name: "schedules by seed, two to seven pods", play: seeds(0, 100_000) },
];
