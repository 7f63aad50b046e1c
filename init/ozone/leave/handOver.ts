// A leader that is only restarted hands leadership over first (DESIGN): clients then wait for no election. Ozone's command
// writes the ring's configuration twice, as it was when it began (facts/ozone.md 3.1), so it waits until nobody joins or
// leaves; where it comes to nothing the restart goes on.
import { askRing } from "../ask.ts";
import { lowestHealthy } from "../healthy.ts";
import { runAdmin, transferCommand } from "./admin.ts";
import type { Around } from "./around.ts";
import { type Verdict, whileNobodyMoves } from "./verdict.ts";

/** It took 7 and 15 s (facts/ozone.md 9, 10); a target that goes down meanwhile is waited for in vain. */
const LIMIT_SECONDS = 45;
/** A join or a leave that is under way takes longer than anybody would wait for a restart. */
const LOCK_PATIENCE_MS = 5_000;

/** Resolves when somebody else leads, or when that was tried. */
export async function handOver(around: Around): Promise<void> {
  const { ozone, world, id } = around;
  const live = await askRing(ozone, id, world.askWeb);
  if (live.is === "leaderless" || live.ring.leader !== id || live.ring.members.length < 2) return;
  const superset = ozone.members.map((member) => member.id);
  const to = lowestHealthy(live.ring, superset, id);
  if (to === null)
    return world.log(`${id} leads and restarts, and no other member is healthy: nobody takes over`);
  const verdict = await whileNobodyMoves(
    around,
    { what: "hand-over", patienceMs: LOCK_PATIENCE_MS, floor: 0 },
    ({ lost }) => hand(around, { to, nodes: live.ring.members.map((member) => member.id), lost }),
  );
  world.log(verdict.is === "done" ? verdict.says : `leadership stays with ${id}: ${verdict.why}`);
}

async function hand(
  { ozone, world, id }: Around,
  { to, nodes, lost }: { to: string; nodes: string[]; lost: AbortSignal },
): Promise<Verdict> {
  world.log(`${id} leads and restarts: it hands leadership to ${to}`);
  const argv = transferCommand(ozone, { to, nodes });
  const ran = await runAdmin(argv, { world, abort: lost, limitSeconds: LIMIT_SECONDS });
  if ("noRoom" in ran) return { is: "refused", why: ran.noRoom };
  const after = await askRing(ozone, id, world.askWeb);
  return after.is === "led" && after.ring.leader !== id
    ? { is: "done", says: `${after.ring.leader} leads (term ${after.ring.term})` }
    : { is: "refused", why: ran.how };
}
