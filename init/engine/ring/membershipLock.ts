// One change of membership at a time (I7 in docs/architecture.md): a ring's joins, leaves, evictions and transfers
// share the StatefulSet's lock.
import type { Plan } from "../../contract/plan.ts";
import { describe } from "../failure.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import { prepareLock } from "../lock/open.ts";
import { withLock } from "../lock/withLock.ts";
import type { World } from "../ports.ts";

/** refused: the change was not made, or not completed; unknown: the state that it depends on is unknown */
export type ChangeResult =
  | { readonly is: "done"; readonly says: string }
  | { readonly is: "refused"; readonly why: string }
  | { readonly is: "unknown"; readonly why: string };

/** Runs the work while no member joins or leaves; refused if the lock cannot be acquired in time. */
export async function withMembershipLock(
  { plan, world }: { plan: Plan; world: World },
  { what, patienceMs, lastFence }: { what: string; patienceMs: number; lastFence: number },
  work: (lease: LeaseHandle) => Promise<ChangeResult>,
): Promise<ChangeResult> {
  const began = world.monotonic();
  const open = prepareLock(plan, world);
  const isStillWanted = async (): Promise<boolean> => true;
  const deadline = began + patienceMs;
  const reentrantInPod = true;
  const result = await withLock(
    { plan, world, open, what, began, deadline, lastFence, reentrantInPod, isStillWanted, during: "tool" },
    work,
  );
  if (result === "not-wanted") return { is: "refused", why: "it was no longer wanted" };
  return "failure" in result ? { is: "refused", why: describe(result.failure) } : result;
}
