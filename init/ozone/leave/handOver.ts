// A leader that is only restarted hands leadership over first (DESIGN): clients then wait for no election. It is no
// change of membership, so it takes no lock, and where it comes to nothing the restart goes on.
import { askRing } from "../ask.ts";
import { lowestHealthy } from "../healthy.ts";
import { runAdmin, transferCommand } from "./admin.ts";
import type { Around } from "./around.ts";

/** It took 7 and 15 s (facts/ozone.md 9, 10); a target that goes down meanwhile is waited for in vain. */
const LIMIT_SECONDS = 45;

/** Resolves when somebody else leads, or when that was tried. */
export async function handOver({ ozone, world, id }: Around): Promise<void> {
  const live = await askRing(ozone, id, world.askWeb);
  if (live.is === "leaderless" || live.ring.leader !== id || live.ring.members.length < 2) return;
  const superset = ozone.members.map((member) => member.id);
  const to = lowestHealthy(live.ring, superset, id);
  if (to === null)
    return world.log(`${id} leads and restarts, and no other member is healthy: nobody takes over`);
  world.log(`${id} leads and restarts: it hands leadership to ${to}`);
  const nodes = live.ring.members.map((member) => member.id);
  const { signal: abort } = new AbortController();
  const ran = await runAdmin(transferCommand(ozone, { to, nodes }), {
    world,
    abort,
    limitSeconds: LIMIT_SECONDS,
  });
  if ("noRoom" in ran) return world.log(`leadership stays with ${id}: ${ran.noRoom}`);
  const after = await askRing(ozone, id, world.askWeb);
  if (after.is === "led" && after.ring.leader !== id)
    world.log(`${after.ring.leader} leads (term ${after.ring.term})`);
  else world.log(`leadership was not handed over: ${ran.how}`);
}
