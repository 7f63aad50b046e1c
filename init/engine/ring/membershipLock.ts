// One change of membership at a time (I7): a ring's joins, leaves, evictions and transfers share the StatefulSet's lock.
import type { Plan } from "../../contract/plan.ts";
import { describe } from "../failure.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import { prepareLock } from "../lock/open.ts";
import { withLock } from "../lock/withLock.ts";
import type { World } from "../ports.ts";

/** refused: nothing was changed, or not all; unknown: what it rests on could not be found out */
export type ChangeResult =
  | { readonly is: "done"; readonly says: string }
  | { readonly is: "refused"; readonly why: string }
  | { readonly is: "unknown"; readonly why: string };

/** Does the work while no member joins or leaves; refused where the lock cannot be had in time. */
export async function withMembershipLock(
  { plan, world }: { plan: Plan; world: World },
  { what, patienceMs, lastFence }: { what: string; patienceMs: number; lastFence: number },
  work: (held: LeaseHandle) => Promise<ChangeResult>,
): Promise<ChangeResult> {
  const began = world.monotonic();
  const open = prepareLock(plan, world);
  const isStillWanted = async (): Promise<boolean> => true;
  const deadline = began + patienceMs;
  const reentrantInPod = true;
  const result = await withLock(
    { plan, world, open, what, began, deadline, lastFence, reentrantInPod, isStillWanted },
    work,
  );
  if (result === "not-wanted") return { is: "refused", why: "it was not wanted any more" };
  return "failure" in result ? { is: "refused", why: describe(result.failure) } : result;
}
