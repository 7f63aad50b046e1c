// A situation: an initial state of the world, and the expected outcome of a run.
import type { Plan } from "../../../init/contract/plan.ts";
import { lockLease, RECORD_ANNOTATION, recordLease } from "../../../init/contract/record.ts";
import type { LeaveOutcome } from "../../../init/engine/leave/leave.ts";
import type { World } from "../../../init/engine/ports.ts";
import type { RunOutcome } from "../../../init/engine/run.ts";
import type { SimPlace } from "../place.ts";
import type { Always, FaultyAnswer } from "../pod.ts";
import type { PlanShape } from "../shapes.ts";

export interface Situation {
  name: string;
  shape: PlanShape;
  plan?: Partial<Plan>;
  work?: (plan: Plan, world: World) => Promise<RunOutcome>;
  /** all steps were done by an earlier run */
  isDoneBefore?: boolean;
  prepare?: (place: SimPlace) => void;
  always?: (kind: string, what: string, place: SimPlace) => Always | null;
  /** a change during the run, at this time in ms */
  later?: { at: number; change: (place: SimPlace) => void };
  /** without faults only: a fault may lead to another outcome */
  isPlain?: boolean;
  /** the failure's name, or done */
  ends: string;
  /** more that must be true at the end */
  holds?: (place: SimPlace) => string | null;
}

export const defineShape = (
  steps: string,
  store: PlanShape["store"],
  lock: PlanShape["lock"] = "lease",
): PlanShape => ({
  steps,
  store,
  lock,
});

export const RECORD = recordLease("web");
export const LOCK = lockLease("web");

export const writeSimRecord = (changes: object): { annotations: object } => ({
  annotations: {
    [RECORD_ANNOTATION]: JSON.stringify({
      schema: 1,
      kind: "generic",
      profile: "demo",
      base: 1,
      seq: 3,
      fence: 5,
      ...changes,
    }),
  },
});
export const recordText = ({ api }: SimPlace): string => JSON.stringify(api.lease(RECORD) ?? null);
export const forget = (place: SimPlace, key: string): void => {
  place.app.undo(key);
};
export const at = "2026-01-01T00:00:00.000Z";
export const managed = { drop: "managed", api: { folder: "/token" } } as const;
export const leaving = {
  ...managed,
  leave: { run: ["run", "pod", "leave"], verify: ["verify", "pod", "leave"], timeoutSeconds: 30 },
};

/** The outcome of leave and drain as that of a run. */
export const runDeparture =
  (what: (plan: Plan, world: World) => Promise<LeaveOutcome>) =>
  async (plan: Plan, world: World): Promise<RunOutcome> => {
    const left = await what(plan, world);
    world.log(JSON.stringify(left));
    const report = { pod: plan.identity.pod, nodeId: plan.identity.nodeId, steps: [], lastLines: [] };
    return { failure: left.is === "failed" ? left.failure : null, report };
  };
export const hasTombstone =
  (wanted: boolean) =>
  (place: SimPlace): string | null => {
    const has = /\\"tombstones\\":\{\\"web-0\\"/.test(recordText(place));
    const hasLeft = place.app.done.has("web-0/leave");
    if (has && !hasLeft) return "a tombstone without a leave that holds";
    return has === wanted ? null : `the tombstone is ${has ? "there" : "missing"}`;
  };
export const ends = (end: Always) => (kind: string, what: string) =>
  kind === "child" && what.startsWith("run ") ? end : null;
export const answerWhen =
  (answer: FaultyAnswer | "hang", wanted: (kind: string, what: string) => boolean) =>
  (kind: string, what: string) =>
    wanted(kind, what) ? answer : null;

export function keepsGarbage(place: SimPlace): string | null {
  return recordText(place).includes("{s3cr3t-sentinel") ? null : "the record was overwritten";
}

/** Another holder renews the lock for longer than any runner waits. */
export function holdForever({ api, scheduler }: SimPlace): void {
  const clockwork = { name: "holder", dead: false, frozen: false };
  const renew = (times: number): void => {
    api.put(LOCK, {
      spec: { holderIdentity: "other/run", leaseDurationSeconds: 30, leaseTransitions: 1, renewTime: at },
    });
    if (times > 0) void scheduler.at(clockwork, 10_000).then(() => renew(times - 1));
  };
  renew(10_000);
}

/** The lock of a pod that died. */
export const deadHolder = {
  spec: { holderIdentity: "other/x", leaseDurationSeconds: 30, leaseTransitions: 3 },
};

/** Makes a change once, as soon as the lock was written. */
export const runAfterLock = (change: (place: SimPlace) => void) => {
  let isWritten = false;
  let isOver = false;
  return (kind: string, what: string, place: SimPlace): Always | null => {
    if (isWritten && !isOver) {
      isOver = true;
      change(place);
    }
    if (kind === "api-write" && (what === `PUT ${LOCK}` || what === "POST leases")) isWritten = true;
    return null;
  };
};

/** Makes a change once, when the runner probes whether its marker can be written. */
export const runAfterMarkerProbe = (change: (place: SimPlace) => void) => {
  let isOver = false;
  return (kind: string, _what: string, place: SimPlace): Always | null => {
    if (kind === "write" && !isOver) {
      isOver = true;
      change(place);
    }
    return null;
  };
};

/** Refuses calls from this index on, counted from 0 in each start of the runner. */
export const refuseFrom = (first: number, wanted: string) => {
  let count = 0;
  return (_kind: string, what: string): Always | null => {
    if (what !== wanted) return null;
    count += 1;
    return count > first ? "refused" : null;
  };
};
