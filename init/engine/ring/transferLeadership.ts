// Leadership to another member, by default to the lowest healthy one, proven by what the ring says after: by hand, and
// before a leader restarts, so that clients wait for no election. A transfer may change the ring's configuration
// (facts/ozone.md 3.1), so it waits until no member joins or leaves.
import type { Ring } from "../../contract/ring/agree.ts";
import { poll } from "../wait.ts";
import type { RingContext } from "./client.ts";
import { type ChangeResult, withMembershipLock } from "./membershipLock.ts";
import { findLowestHealthy, listIds, type RingView } from "./view.ts";

const LOOK_EVERY_MS = 1_000;

/** By hand. */
const BY_HAND = {
  lockPatienceMs: 15_000,
  limitSeconds: 120,
  /** for those who vote to have heard of it */
  settlesMs: 15_000,
} as const;

const BEFORE_RESTART = {
  /** a join or a leave that is under way takes longer than a restart may wait */
  lockPatienceMs: 5_000,
  /** it took 7 and 15 s (facts/ozone.md 9, 10); a target that goes down meanwhile is waited for in vain */
  limitSeconds: 45,
  settlesMs: 0,
} as const;

/** @param to null: the lowest healthy member */
export function transferLeadership(context: RingContext, to: string | null): Promise<ChangeResult> {
  const { lockPatienceMs, limitSeconds, settlesMs } = BY_HAND;
  return withMembershipLock(
    context,
    { what: "transfer", patienceMs: lockPatienceMs, lastFence: 0 },
    ({ lost }) => transferUnderLock(context, { to, lost, limitSeconds, settlesMs }),
  );
}

/** Resolves when another member leads, or when that was tried: where it comes to nothing the restart goes on. */
export async function handOverBeforeRestart(context: RingContext): Promise<void> {
  const { ring, world, id } = context;
  const live = await ring.observe(id);
  if (live.is === "leaderless" || live.ring.leader !== id || live.ring.members.length < 2) return;
  const { lockPatienceMs, limitSeconds, settlesMs } = BEFORE_RESTART;
  const result = await withMembershipLock(
    context,
    { what: "hand-over", patienceMs: lockPatienceMs, lastFence: 0 },
    ({ lost }) => transferUnderLock(context, { to: null, from: id, lost, limitSeconds, settlesMs }),
  );
  world.log(result.is === "done" ? result.says : `${id} restarts without a hand-over: ${result.why}`);
}

interface Transfer {
  /** null: the lowest healthy one */
  readonly to: string | null;
  /** only where this one leads */
  readonly from?: string;
  readonly lost: AbortSignal;
  readonly limitSeconds: number;
  /** how long is looked for the new leader */
  readonly settlesMs: number;
}

/** Under the lock: by the ring as it is now. */
async function transferUnderLock(context: RingContext, given: Transfer): Promise<ChangeResult> {
  const { ring, world, id: me } = context;
  const live = await ring.observe(me);
  if (live.is === "leaderless") return { is: "unknown", why: `the ring is not known: ${live.why}` };
  const { leader, members } = live.ring;
  if (given.from !== undefined && given.from !== leader)
    return { is: "done", says: `${leader} leads already: nothing was to be done` };
  const to = given.to ?? findLowestHealthy(live.ring, ring.superset, leader);
  if (to === null) return { is: "refused", why: `no member but ${leader} is healthy: nobody else can lead` };
  if (to === leader) return { is: "done", says: `${to} leads already: nothing was to be done` };
  const why = whyCannotLead({ members }, to);
  if (why !== null) return { is: "refused", why };
  world.log(`hand leadership from ${leader} to ${to}`);
  const nodes = members.map(({ id }) => id);
  const { lost, limitSeconds } = given;
  const ended = await ring.transferLeadership({ to, nodes }, { abort: lost, limitSeconds });
  if ("noRoom" in ended) return { is: "refused", why: `${leader} still leads: ${ended.noRoom}` };
  return awaitLeader(context, { leader, to, how: ended.how, settlesMs: given.settlesMs });
}

function whyCannotLead({ members }: Pick<Ring, "members">, to: string): string | null {
  const target = members.find(({ id }) => id === to);
  if (target === undefined) return `${to} is not in the ring, which is ${listIds({ members }).join(", ")}`;
  return target.healthy ? null : `${to} cannot lead: ${target.why ?? "it is not healthy"}`;
}

/** What the command says of itself is told where the ring does not say it. */
async function awaitLeader(
  { ring, world, id: me }: RingContext,
  { leader, to, how, settlesMs }: { leader: string; to: string; how: string; settlesMs: number },
): Promise<ChangeResult> {
  const until = world.monotonic() + settlesMs;
  const isLed = (live: RingView): boolean => live.is === "led" && live.ring.leader === to;
  const now = await poll(world, () => ring.observe(me), {
    everyMs: LOOK_EVERY_MS,
    isEnough: (live) => isLed(live) || world.monotonic() >= until,
  });
  if (now.is === "leaderless") return { is: "refused", why: `no leader is known: ${now.why}; ${how}` };
  return isLed(now)
    ? { is: "done", says: `${to} leads (term ${now.ring.term}), and no longer ${leader}` }
    : { is: "refused", why: `${now.ring.leader} leads; ${how}` };
}
