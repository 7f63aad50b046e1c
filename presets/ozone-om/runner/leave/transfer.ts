// `om transfer [ID]`: leadership to a member, by default to the lowest healthy one, proven by what the ring says after.
import type { Ring } from "../../../../init/contract/ring/agree.ts";
import { askRing } from "../ask.ts";
import { lowestHealthy } from "../healthy.ts";
import { runAdmin, transferCommand } from "./admin.ts";
import type { Around } from "./around.ts";
import { idsOf } from "./takeOut.ts";
import { type Verdict, whileNobodyMoves } from "./verdict.ts";

const LOCK_PATIENCE_MS = 15_000;
const ADMIN_SECONDS = 120;
/** For those who vote to have heard of it. */
const SETTLES_MS = 15_000;
const LOOK_EVERY_MS = 1_000;

/**
 * A transfer changes the ring's configuration twice (docs/research/ozone.md#transfer-of-leadership), so it waits until
 * nobody joins or leaves.
 */
export function transfer(around: Around, to: string | null): Promise<Verdict> {
  return whileNobodyMoves(around, { what: "transfer", patienceMs: LOCK_PATIENCE_MS, floor: 0 }, (held) =>
    hand(around, { to, lost: held.lost, limitSeconds: ADMIN_SECONDS, settlesMs: SETTLES_MS }),
  );
}

interface Hand {
  /** null: the lowest healthy one */
  readonly to: string | null;
  /** only where this one leads */
  readonly from?: string;
  readonly lost: AbortSignal;
  readonly limitSeconds: number;
  /** how long is looked for the new leader */
  readonly settlesMs: number;
}

/** Under the lock: hands leadership over, by the ring as it is now. */
export async function hand(around: Around, given: Hand): Promise<Verdict> {
  const { ozone, world, id: me } = around;
  const live = await askRing(ozone, me, world.askWeb);
  if (live.is === "leaderless") return { is: "unknown", why: `the ring is not known: ${live.why}` };
  const { leader, members } = live.ring;
  const superset = ozone.members.map(({ id }) => id);
  if (given.from !== undefined && given.from !== leader)
    return { is: "done", says: `${leader} leads already: nothing was to be done` };
  const to = given.to ?? lowestHealthy(live.ring, superset, leader);
  if (to === null) return { is: "refused", why: `no member but ${leader} is healthy: nobody else can lead` };
  if (to === leader) return { is: "done", says: `${to} leads already: nothing was to be done` };
  const why = whyNot({ members }, to);
  if (why !== null) return { is: "refused", why };
  world.log(`hand leadership from ${leader} to ${to}`);
  const nodes = members.map(({ id }) => id);
  const argv = transferCommand(ozone, { to, nodes });
  const ran = await runAdmin(argv, { world, abort: given.lost, limitSeconds: given.limitSeconds });
  if ("noRoom" in ran) return { is: "refused", why: `${leader} still leads: ${ran.noRoom}` };
  return untilItLeads(around, { leader, to, how: ran.how, settlesMs: given.settlesMs });
}

function whyNot({ members }: Pick<Ring, "members">, to: string): string | null {
  const target = members.find(({ id }) => id === to);
  if (target === undefined) return `${to} is not in the ring, which is ${idsOf({ members }).join(", ")}`;
  return target.healthy ? null : `${to} cannot lead: ${target.why ?? "it is not healthy"}`;
}

/** What the command says of itself is told where the ring does not say it. */
async function untilItLeads(
  { ozone, world, id: me }: Around,
  { leader, to, how, settlesMs }: { leader: string; to: string; how: string; settlesMs: number },
): Promise<Verdict> {
  const until = world.monotonic() + settlesMs;
  for (;;) {
    const now = await askRing(ozone, me, world.askWeb);
    if (now.is === "led" && now.ring.leader === to)
      return { is: "done", says: `${to} leads (term ${now.ring.term}), and no longer ${leader}` };
    if (world.monotonic() >= until) {
      const who = now.is === "led" ? `${now.ring.leader} leads` : `no leader is known: ${now.why}`;
      return { is: "refused", why: `${who}; ${how}` };
    }
    await world.pause(LOOK_EVERY_MS);
  }
}
