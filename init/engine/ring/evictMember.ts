// `evict`: an administrator removes a member that cannot leave by itself. The eviction is recorded: if the member's
// ordinal stays, its pod waits instead of rejoining, until it is readmitted or its ordinal is removed.
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

/** Longer than an election; a person must resolve anything that takes longer. */
const PATIENCE_S = 20;
const LIMIT_S = 10 * 60;
/** Waits for a join or leave in progress. */
const LOCK_PATIENCE_MS = 60_000;

export async function evictMember(context: RingContext): Promise<ChangeResult> {
  const { plan, world } = context;
  const { askApi } = world;
  if (askApi === null) return { is: "unknown", why: "the plan has no API server settings" };
  const records = openRecord(plan, askApi, world);
  const refusal = await whyUnknown(context);
  if (refusal !== null) return refusal;
  const wanted = await readWantedOrdinals(plan, askApi);
  if ("why" in wanted) return { is: "unknown", why: `no member can be evicted now: ${wanted.why}` };
  const read = await records.read();
  if ("failure" in read) return { is: "unknown", why: describe(read.failure) };
  return withMembershipLock(
    context,
    { what: "evict", patienceMs: LOCK_PATIENCE_MS, lastFence: read.record.fence },
    (lease) => evictUnderLock(context, { lease, records, askApi, wanted }),
  );
}

/** An eviction does not wait for the removal of other members. */
const TERMS: RemovalTerms = {
  checkWanted: async () => ({ removalsAhead: [] }),
  patienceSeconds: PATIENCE_S,
  limitSeconds: LIMIT_S,
};

async function evictUnderLock(
  context: RingContext,
  {
    lease,
    records,
    askApi,
    wanted,
  }: { lease: LeaseHandle; records: RecordStore; askApi: AskApi; wanted: WantedOrdinals },
): Promise<ChangeResult> {
  const { id, world, ring } = context;
  const removal = await removeMember(context, TERMS, lease.lost);
  if ("stuck" in removal) return { is: "refused", why: removal.stuck };
  if ("stays" in removal) return { is: "refused", why: removal.stays };
  // the removal may have taken minutes, and the StatefulSet may have changed
  const now = await readWantedOrdinals(context.plan, askApi);
  const stays = isOrdinalWanted("why" in now ? wanted : now, parseMemberOrdinal(context));
  const at = world.now().toISOString();
  const members = listIds(removal.ring);
  const changed = await records.change(lease.fence, (record) =>
    withEvicted(record, { id, members, at, stays }),
  );
  const proof = describeProof(context, removal.ring);
  if ("failure" in changed || "fenced" in changed) {
    const why = "failure" in changed ? describe(changed.failure) : "the lock was lost";
    return {
      is: "refused",
      why: `${id} was removed from the ring (${proof}), but the removal could not be recorded: ${why}; retry`,
    };
  }
  return {
    is: "done",
    says: `${id} was removed from the ring: ${proof}. ${stays ? describeWait(ring.command, id) : describeDeletion(context)}`,
  };
}

const describeWait = (command: string, id: string): string =>
  `Its ordinal stays, so its pod will wait in rollcall-init instead of rejoining, until ${command} rejoin ${id}, or until a ` +
  `scale-down has removed its ordinal. Delete pod ${id} now, so that its daemon stops`;

function describeDeletion({ id, plan: { identity } }: RingContext): string {
  const { namespace, workload } = identity;
  return (
    `Its ordinal is to be removed: the StatefulSet controller deletes pod ${id}, and the deletions that waited for it, within 17 ` +
    `minutes, or at once after ${formatRetryCommand(namespace, workload)}`
  );
}

/** The ordinal in a member's name; -1 for a name that no pod of the StatefulSet can have. */
function parseMemberOrdinal({ plan: { identity }, id }: RingContext): number {
  const [, digits] = /^(?:.*)-(\d+)$/.exec(id) ?? [];
  return id === `${identity.workload}-${digits}` ? Number(digits) : -1;
}

/** Refuses an unknown name, which must not get a tombstone. A name that only the ring lists is valid. */
async function whyUnknown({ ring, id, plan }: RingContext): Promise<ChangeResult | null> {
  if (ring.possibleMembers.includes(id)) return null;
  const live = await ring.observe(plan.identity.pod);
  if (live.is === "leaderless") return { is: "unknown", why: `the ring is not known: ${live.why}` };
  const ids = listIds(live.ring);
  return ids.includes(id)
    ? null
    : { is: "refused", why: `${id} is neither in the ring (${ids.join(", ")}) nor a possible member` };
}

/** `rejoin`: an evicted member may rejoin. */
export async function readmitMember({ plan, world, id }: RingContext): Promise<ChangeResult> {
  const { askApi } = world;
  if (askApi === null) return { is: "unknown", why: "the plan has no API server settings" };
  const records = openRecord(plan, askApi, world);
  const read = await records.read();
  if ("failure" in read) return { is: "unknown", why: describe(read.failure) };
  const tombstone = read.record.tombstones[id];
  if (tombstone === undefined || tombstone.finished)
    return { is: "done", says: `${id} is not evicted: nothing to do` };
  const changed = await records.change(null, (record) => withReadmitted(record, id, tombstone));
  if ("failure" in changed) return { is: "unknown", why: describe(changed.failure) };
  if ("fenced" in changed) return { is: "refused", why: "another pod has changed the record; retry" };
  return {
    is: "done",
    says: `${id} may rejoin: its rollcall-init continues within seconds; if the pod is already past rollcall-init, delete the pod`,
  };
}
