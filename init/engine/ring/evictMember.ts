// An administrator takes a member out of the ring that cannot leave by itself. The record then says so: where its ordinal
// stays it waits instead of joining again, until it is readmitted or has been out of the replicas.
import { formatRetryCommand } from "../../contract/formatRetryCommand.ts";
import { describe } from "../failure.ts";
import { isOrdinalWanted, readWantedOrdinals, type WantedOrdinals } from "../leave/ordinalStatus.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import type { AskApi } from "../ports.ts";
import { openRecord, type RecordStore } from "../record/recordStore.ts";
import type { RingContext } from "./client.ts";
import { type ChangeResult, withMembershipLock } from "./membershipLock.ts";
import { describeProof, type RemovalTerms, removeMember } from "./removeMember.ts";
import { withEvicted, withReadmitted } from "./ringRecord.ts";
import { listIds } from "./view.ts";

/** An election is over by then; what still hinders is for people. */
const PATIENCE_S = 20;
const LIMIT_S = 10 * 60;
/** For a join or a leave that is under way. */
const LOCK_PATIENCE_MS = 60_000;

export async function evictMember(context: RingContext): Promise<ChangeResult> {
  const { plan, world } = context;
  const { askApi } = world;
  if (askApi === null) return { is: "unknown", why: "the plan names no API server" };
  const records = openRecord(plan, askApi, world);
  const wrong = await whyUnknown(context);
  if (wrong !== null) return wrong;
  const wanted = await readWantedOrdinals(plan, askApi);
  if ("why" in wanted) return { is: "unknown", why: `nobody is evicted now: ${wanted.why}` };
  const read = await records.read();
  if ("failure" in read) return { is: "unknown", why: describe(read.failure) };
  return withMembershipLock(
    context,
    { what: "evict", patienceMs: LOCK_PATIENCE_MS, lastFence: read.record.fence },
    (held) => evictUnderLock(context, { held, book: records, askApi, wanted }),
  );
}

/** No other member goes before one that an administrator names. */
const TERMS: RemovalTerms = {
  checkWanted: async () => ({ before: [] }),
  patienceSeconds: PATIENCE_S,
  limitSeconds: LIMIT_S,
};

async function evictUnderLock(
  context: RingContext,
  {
    held,
    book,
    askApi,
    wanted,
  }: { held: LeaseHandle; book: RecordStore; askApi: AskApi; wanted: WantedOrdinals },
): Promise<ChangeResult> {
  const { id, world, ring } = context;
  const out = await removeMember(context, TERMS, held.lost);
  if ("stuck" in out) return { is: "refused", why: out.stuck };
  if ("stays" in out) return { is: "refused", why: out.stays };
  // it may have taken minutes, and what is wanted may be another by now
  const now = await readWantedOrdinals(context.plan, askApi);
  const stays = isOrdinalWanted("why" in now ? wanted : now, parseMemberOrdinal(context));
  const at = world.now().toISOString();
  const members = listIds(out.ring);
  const changed = await book.change(held.fence, (record) => withEvicted(record, { id, members, at, stays }));
  const proof = describeProof(context, out.ring);
  if ("failure" in changed || "fenced" in changed) {
    const why = "failure" in changed ? describe(changed.failure) : "the lock was lost";
    return { is: "refused", why: `${id} is out (${proof}), but that is not recorded: ${why}; ask again` };
  }
  return {
    is: "done",
    says: `${id} is out: ${proof}. ${stays ? describeWait(ring.command, id) : describeDeletion(context)}`,
  };
}

const describeWait = (command: string, id: string): string =>
  `Its ordinal stays, so its pod will wait in rollcall-init instead of joining again, until ${command} rejoin ${id}, or until a ` +
  `scale-down has taken its ordinal out of the replicas. Delete pod ${id} now, so that its daemon does not go on alone`;

function describeDeletion({ id, plan: { identity } }: RingContext): string {
  const { namespace, workload } = identity;
  return (
    `Its ordinal is not wanted any more: the StatefulSet controller deletes pod ${id}, and what was held for it, by itself within 17 ` +
    `minutes, or at once after ${formatRetryCommand(namespace, workload)}`
  );
}

/** Of a member with a name of its own making: none that any StatefulSet wants. */
function parseMemberOrdinal({ plan: { identity }, id }: RingContext): number {
  const [, digits] = /^(?:.*)-(\d+)$/.exec(id) ?? [];
  return id === `${identity.workload}-${digits}` ? Number(digits) : -1;
}

/** A name that nobody knows gets no tombstone; one that only the ring knows is a member that no address is known of. */
async function whyUnknown({ ring, id, plan }: RingContext): Promise<ChangeResult | null> {
  if (ring.superset.includes(id)) return null;
  const live = await ring.observe(plan.identity.pod);
  if (live.is === "leaderless") return { is: "unknown", why: `the ring is not known: ${live.why}` };
  const ids = listIds(live.ring);
  return ids.includes(id)
    ? null
    : { is: "refused", why: `${id} is not in the ring, which is ${ids.join(", ")}, and never can be` };
}

/** A member that was evicted may join again. */
export async function readmitMember({ plan, world, id }: RingContext): Promise<ChangeResult> {
  const { askApi } = world;
  if (askApi === null) return { is: "unknown", why: "the plan names no API server" };
  const records = openRecord(plan, askApi, world);
  const read = await records.read();
  if ("failure" in read) return { is: "unknown", why: describe(read.failure) };
  const tombstone = read.record.tombstones[id];
  if (tombstone === undefined || tombstone.finished)
    return { is: "done", says: `${id} is not kept out: nothing was to be done` };
  const changed = await records.change(null, (record) => withReadmitted(record, id, tombstone));
  if ("failure" in changed) return { is: "unknown", why: describe(changed.failure) };
  if ("fenced" in changed)
    return { is: "refused", why: "another has changed the record meanwhile; ask again" };
  return {
    is: "done",
    says: `${id} may join again: its rollcall-init sees that within seconds; where the pod is past it, delete the pod`,
  };
}
