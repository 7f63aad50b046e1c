// Transfers leadership, by default to the lowest healthy member, and verifies it: by hand, and before a leader
// restarts, so that clients do not wait for an election. A transfer may change the ring's configuration
// (docs/research/ozone.md#transfer-of-leadership), so it needs the membership lock.
import type { Ring } from "../../contract/ring/agree.ts";
import { poll } from "../wait.ts";
import type { RingContext } from "./client.ts";
import { type ChangeResult, withMembershipLock } from "./membershipLock.ts";
import { findLowestHealthy, listIds, type RingView } from "./view.ts";

const POLL_INTERVAL_MS = 1_000;

/** Limits of a transfer by hand. */
const BY_HAND = {
  lockPatienceMs: 15_000,
  limitSeconds: 120,
  /** time for the other members to report the new leader */
  confirmMs: 15_000,
} as const;

const BEFORE_RESTART = {
  /** a join or leave in progress takes longer than a restart may wait */
  lockPatienceMs: 5_000,
  /**
   * it took 7 and 15 s (docs/research/ozone.md#measured-with-processes); if the target fails meanwhile the wait is in
   * vain
   */
  limitSeconds: 45,
  confirmMs: 0,
} as const;

/** @param to null: the lowest healthy member */
export function transferLeadership(context: RingContext, to: string | null): Promise<ChangeResult> {
  const { lockPatienceMs, limitSeconds, confirmMs } = BY_HAND;
  return withMembershipLock(
    context,
    { what: "transfer", patienceMs: lockPatienceMs, lastFence: 0 },
    ({ lost }) => transferUnderLock(context, { to, lost, limitSeconds, confirmMs }),
  );
}

/** Tries to transfer leadership before a restart, which proceeds in any case. */
export async function handOverBeforeRestart(context: RingContext): Promise<void> {
  const { ring, world, id } = context;
  const live = await ring.observe(id);
  if (live.is === "leaderless" || live.ring.leader !== id || live.ring.members.length < 2) return;
  const { lockPatienceMs, limitSeconds, confirmMs } = BEFORE_RESTART;
  const result = await withMembershipLock(
    context,
    { what: "hand-over", patienceMs: lockPatienceMs, lastFence: 0 },
    ({ lost }) => transferUnderLock(context, { to: null, from: id, lost, limitSeconds, confirmMs }),
  );
  world.log(
    result.is === "done" ? result.says : `${id} restarts without a transfer of leadership: ${result.why}`,
  );
}

interface Transfer {
  /** null: the lowest healthy one */
  readonly to: string | null;
  /** only if this member leads */
  readonly from?: string;
  readonly lost: AbortSignal;
  readonly limitSeconds: number;
  /** how long to wait until the ring reports the new leader */
  readonly confirmMs: number;
}

/** Transfers under the lock, based on the current ring. */
async function transferUnderLock(context: RingContext, transfer: Transfer): Promise<ChangeResult> {
  const { ring, world, id: me } = context;
  const live = await ring.observe(me);
  if (live.is === "leaderless") return { is: "unknown", why: `the ring is not known: ${live.why}` };
  const { leader, members } = live.ring;
  if (transfer.from !== undefined && transfer.from !== leader)
    return { is: "done", says: `${leader} already leads: nothing to do` };
  const to = transfer.to ?? findLowestHealthy(live.ring, ring.possibleMembers, leader);
  if (to === null) return { is: "refused", why: `no member but ${leader} is healthy, so no other can lead` };
  if (to === leader) return { is: "done", says: `${to} already leads: nothing to do` };
  const why = whyCannotLead({ members }, to);
  if (why !== null) return { is: "refused", why };
  world.log(`transfer leadership from ${leader} to ${to}`);
  const nodes = members.map(({ id }) => id);
  const { lost, limitSeconds } = transfer;
  const ended = await ring.transferLeadership({ to, nodes }, { abort: lost, limitSeconds });
  if ("noRoom" in ended) return { is: "refused", why: `${leader} still leads: ${ended.noRoom}` };
  return awaitLeader(context, { leader, to, how: ended.how, confirmMs: transfer.confirmMs });
}

function whyCannotLead({ members }: Pick<Ring, "members">, to: string): string | null {
  const target = members.find(({ id }) => id === to);
  if (target === undefined) return `${to} is not in the ring, which is ${listIds({ members }).join(", ")}`;
  return target.healthy ? null : `${to} cannot lead: ${target.why ?? "it is not healthy"}`;
}

/** Waits until the ring reports the new leader; otherwise the result includes how the command ended. */
async function awaitLeader(
  { ring, world, id: me }: RingContext,
  { leader, to, how, confirmMs }: { leader: string; to: string; how: string; confirmMs: number },
): Promise<ChangeResult> {
  const until = world.monotonic() + confirmMs;
  const isLed = (live: RingView): boolean => live.is === "led" && live.ring.leader === to;
  const now = await poll(world, () => ring.observe(me), {
    everyMs: POLL_INTERVAL_MS,
    isEnough: (live) => isLed(live) || world.monotonic() >= until,
  });
  if (now.is === "leaderless") return { is: "refused", why: `no leader is known: ${now.why}; ${how}` };
  return isLed(now)
    ? { is: "done", says: `${to} leads (term ${now.ring.term}) instead of ${leader}` }
    : { is: "refused", why: `${now.ring.leader} leads; ${how}` };
}
