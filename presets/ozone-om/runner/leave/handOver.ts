// A leader that is only restarted hands leadership over first: clients then wait for no election. Ozone's command
// writes the ring's configuration twice, as it was when it began (docs/research/ozone.md#transfer-of-leadership), so it
// waits until nobody joins or leaves; where it comes to nothing the restart goes on.
import { askRing } from "../ask.ts";
import type { Around } from "./around.ts";
import { hand } from "./transfer.ts";
import { whileNobodyMoves } from "./verdict.ts";

/**
 * It took 7 and 15 s (docs/research/ozone.md#transfer-of-leadership); a target that goes down meanwhile is waited for
 * in vain.
 */
const LIMIT_SECONDS = 45;
/** A join or a leave that is under way takes longer than anybody would wait for a restart. */
const LOCK_PATIENCE_MS = 5_000;

/** Resolves when somebody else leads, or when that was tried. */
export async function handOver(around: Around): Promise<void> {
  const { ozone, world, id } = around;
  const live = await askRing(ozone, id, world.askWeb);
  if (live.is === "leaderless" || live.ring.leader !== id || live.ring.members.length < 2) return;
  const verdict = await whileNobodyMoves(
    around,
    { what: "hand-over", patienceMs: LOCK_PATIENCE_MS, floor: 0 },
    ({ lost }) => hand(around, { to: null, from: id, lost, limitSeconds: LIMIT_SECONDS, settlesMs: 0 }),
  );
  world.log(verdict.is === "done" ? verdict.says : `${id} restarts without a hand-over: ${verdict.why}`);
}
