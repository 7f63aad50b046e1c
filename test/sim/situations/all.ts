// All situations; a new one is an entry in one of these files.
import { LEAVING } from "./leaving.ts";
import { LOCKS } from "./locks.ts";
import { MARKERS } from "./markers.ts";
import { RECORDS } from "./records.ts";
import { REVISIONS } from "./revisions.ts";
import type { Situation } from "./situation.ts";
import { STEPS_SITUATIONS } from "./steps.ts";
import { WAYS } from "./ways.ts";

export const ALL_SITUATIONS: readonly Situation[] = [
  ...STEPS_SITUATIONS,
  ...REVISIONS,
  ...LOCKS,
  ...RECORDS,
  ...MARKERS,
  ...LEAVING,
  ...WAYS,
];
