// Work that is done under the lock of the StatefulSet, and nothing of it without.
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
  /** monotonic milliseconds; `began` for the message of having given up */
  began: number;
  deadline: number;
  lastFence: number;
  /** see LockInput */
  reentrantInPod?: boolean;
  isStillWanted: () => Promise<boolean>;
}

/** @returns what the work returned, "not-wanted" when it was no longer wanted while another held the lock, or a failure */
export async function withLock<T>(
  input: LockedWork,
  work: (held: LeaseHandle) => Promise<T>,
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
        return await work(acquired.held);
      } finally {
        await acquired.held.release();
      }
  }
}

/** The failure of having waited for too long. */
export function describeTimeout(
  { what, began, world }: Pick<LockedWork, "what" | "began" | "world">,
  waitedFor: string,
): Failure {
  return {
    name: "wait-timed-out",
    what,
    waitedFor,
    seconds: Math.round((world.monotonic() - began) / 1000),
  };
}
