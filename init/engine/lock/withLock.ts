// Runs work while the StatefulSet's lock is held.
import type { Plan } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import type { World } from "../ports.ts";
import { acquireLock } from "./acquire.ts";
import type { LeaseHandle } from "./holdLock.ts";
import type { OpenLock } from "./open.ts";

export interface LockedWork {
  plan: Plan;
  world: World;
  open: OpenLock;
  /** for messages: the step, or "leave" */
  what: string;
  /** monotonic milliseconds; `began` is for the timeout's message */
  began: number;
  deadline: number;
  lastFence: number;
  /** see LockInput */
  reentrantInPod?: boolean;
  isStillWanted: () => Promise<boolean>;
  /** for the timeout's message: the command; none: `run`, in an init container */
  during?: Extract<Failure, { name: "wait-timed-out" }>["during"];
}

/** @returns the work's result, "not-wanted" if `isStillWanted` ended the wait for the lock, or a failure */
export async function withLock<T>(
  input: LockedWork,
  work: (lease: LeaseHandle) => Promise<T>,
): Promise<T | "not-wanted" | { failure: Failure }> {
  const { plan, what } = input;
  const opened = await input.open();
  if ("failure" in opened) return opened;
  const { cell } = opened;
  const acquired = await acquireLock({ ...input, cell, seconds: plan.lock.seconds });
  switch (acquired.is) {
    case "not-wanted":
      return "not-wanted";
    case "stopped":
      return { failure: { name: "stopped", step: what } };
    case "failed":
      return { failure: { name: "lock-unusable", where: cell.where, why: acquired.why } };
    case "deadline":
      return { failure: describeTimeout(input, `the lock ${cell.where}, held by ${acquired.holder}`) };
    case "held":
      try {
        return await work(acquired.lease);
      } finally {
        await acquired.lease.release();
      }
  }
}

/** The failure of a wait that timed out. */
export function describeTimeout(
  { what, began, world, during }: Pick<LockedWork, "what" | "began" | "world" | "during">,
  waitedFor: string,
): Failure {
  return {
    name: "wait-timed-out",
    what,
    waitedFor,
    seconds: Math.round((world.monotonic() - began) / 1000),
    ...(during === undefined ? {} : { during }),
  };
}
