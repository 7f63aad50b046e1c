// What a tool that an administrator calls comes to, and how it holds the lock meanwhile.
import { describe } from "../../../../init/engine/failure.ts";
import type { Held } from "../../../../init/engine/lock/hold.ts";
import { lockOf } from "../../../../init/engine/lock/open.ts";
import { underLock } from "../../../../init/engine/lock/under.ts";
import type { Around } from "./around.ts";

/** refused: nothing was changed, or not all; unknown: what it rests on could not be found out */
export type Verdict =
  | { readonly is: "done"; readonly says: string }
  | { readonly is: "refused"; readonly why: string }
  | { readonly is: "unknown"; readonly why: string };

/** Does the work while nobody joins or leaves; refused where the lock cannot be had in time. */
export async function whileNobodyMoves(
  { plan, world }: Around,
  { what, patienceMs, floor }: { what: string; patienceMs: number; floor: number },
  work: (held: Held) => Promise<Verdict>,
): Promise<Verdict> {
  const began = world.monotonic();
  const open = lockOf(plan, world);
  const isStillWanted = async (): Promise<boolean> => true;
  const deadline = began + patienceMs;
  const sharesPod = true;
  const result = await underLock(
    { plan, world, open, what, began, deadline, floor, sharesPod, isStillWanted },
    work,
  );
  if (result === "not-wanted") return { is: "refused", why: "it was not wanted any more" };
  return "failure" in result ? { is: "refused", why: describe(result.failure) } : result;
}
