// `om evict ID`: an administrator takes a member out of the ring that cannot leave by itself. The record then says so: where
// its ordinal stays it waits instead of joining again, until `om rejoin ID` or until it has been out of the replicas.
import { askAgainCommand } from "../../../../init/contract/askAgain.ts";
import type { Record as SetRecord } from "../../../../init/contract/record.ts";
import { describe } from "../../../../init/engine/failure.ts";
import { askWanted, isIn, type Wanted } from "../../../../init/engine/leave/going.ts";
import { withoutIntent } from "../../../../init/engine/leave/leave.ts";
import type { Held } from "../../../../init/engine/lock/hold.ts";
import type { AskApi } from "../../../../init/engine/ports.ts";
import { type Book, bookOf } from "../../../../init/engine/record/book.ts";
import { askRing } from "../ask.ts";
import { withMembers } from "../ringRecord.ts";
import type { Around } from "./around.ts";
import { evidenceOf, idsOf, type Terms, takeOut } from "./takeOut.ts";
import { type Verdict, whileNobodyMoves } from "./verdict.ts";

/** An election is over by then; what still hinders is for people. */
const PATIENCE_S = 20;
const LIMIT_S = 10 * 60;
/** For a join or a leave that is under way. */
const LOCK_PATIENCE_MS = 60_000;

export async function evict(around: Around): Promise<Verdict> {
  const { plan, world } = around;
  const { askApi } = world;
  const book = bookOf(plan, world);
  if (askApi === null || book === null) return { is: "unknown", why: "the plan names no API server" };
  const wrong = await whyUnknown(around);
  if (wrong !== null) return wrong;
  const wanted = await askWanted(plan, askApi);
  if ("why" in wanted) return { is: "unknown", why: `nobody is evicted now: ${wanted.why}` };
  const read = await book.read();
  if ("failure" in read) return { is: "unknown", why: describe(read.failure) };
  return whileNobodyMoves(
    around,
    { what: "evict", patienceMs: LOCK_PATIENCE_MS, floor: read.record.fence },
    (held) => evictUnderLock(around, { held, book, askApi, wanted }),
  );
}

/** Nobody of a ring goes before one that an administrator names. */
const TERMS: Terms = {
  still: async () => ({ before: [] }),
  patienceSeconds: PATIENCE_S,
  limitSeconds: LIMIT_S,
};

async function evictUnderLock(
  around: Around,
  { held, book, askApi, wanted }: { held: Held; book: Book; askApi: AskApi; wanted: Wanted },
): Promise<Verdict> {
  const { id, world } = around;
  const out = await takeOut(around, TERMS, held.lost);
  if ("stuck" in out) return { is: "refused", why: out.stuck };
  if ("stays" in out) return { is: "refused", why: out.stays };
  // it may have taken minutes, and what is wanted may be another by now
  const now = await askWanted(around.plan, askApi);
  const stays = isIn("why" in now ? wanted : now, ordinalOf(around));
  const at = world.now().toISOString();
  const changed = await book.change(held.fence, (record): SetRecord => {
    const tombstones = { ...record.tombstones, [id]: { at, finished: !stays } };
    return { ...withoutIntent(withMembers(record, idsOf(out.ring)), id), tombstones };
  });
  const proof = evidenceOf(out.ring, id);
  if ("failure" in changed || "fenced" in changed) {
    const why = "failure" in changed ? describe(changed.failure) : "the lock was lost";
    return { is: "refused", why: `${id} is out (${proof}), but that is not recorded: ${why}; ask again` };
  }
  return { is: "done", says: `${id} is out: ${proof}. ${stays ? waits(id) : goes(around)}` };
}

const waits = (id: string): string =>
  `Its ordinal stays, so its pod will wait in rollcall-init instead of joining again, until om rejoin ${id}, or until a ` +
  `scale-down has taken its ordinal out of the replicas. Delete pod ${id} now, so that its daemon does not go on alone`;

function goes({ id, plan: { identity } }: Around): string {
  const { namespace, workload } = identity;
  return (
    `Its ordinal is not wanted any more: the StatefulSet controller deletes pod ${id}, and what was held for it, by itself within 17 ` +
    `minutes, or at once after ${askAgainCommand(namespace, workload)}`
  );
}

/** Of a member with a name of its own making: none that any StatefulSet wants. */
function ordinalOf({ plan: { identity }, id }: Around): number {
  const [, digits] = /^(?:.*)-(\d+)$/.exec(id) ?? [];
  return id === `${identity.workload}-${digits}` ? Number(digits) : -1;
}

/** A name that nobody knows gets no tombstone; one that only the ring knows is a member that no address is known of. */
async function whyUnknown({ ozone, world, id, plan }: Around): Promise<Verdict | null> {
  if (ozone.members.some((member) => member.id === id)) return null;
  const live = await askRing(ozone, plan.identity.pod, world.askWeb);
  if (live.is === "leaderless") return { is: "unknown", why: `the ring is not known: ${live.why}` };
  const ids = idsOf(live.ring);
  return ids.includes(id)
    ? null
    : { is: "refused", why: `${id} is not in the ring, which is ${ids.join(", ")}, and never can be` };
}

/** `om rejoin ID`: the member that was evicted may join again. */
export async function rejoin({ plan, world, id }: Around): Promise<Verdict> {
  const book = bookOf(plan, world);
  if (book === null) return { is: "unknown", why: "the plan names no API server" };
  const read = await book.read();
  if ("failure" in read) return { is: "unknown", why: describe(read.failure) };
  const tombstone = read.record.tombstones[id];
  if (tombstone === undefined || tombstone.finished)
    return { is: "done", says: `${id} is not kept out: nothing was to be done` };
  const changed = await book.change(null, (record) => ({
    ...record,
    tombstones: { ...record.tombstones, [id]: { ...tombstone, finished: true } },
  }));
  if ("failure" in changed) return { is: "unknown", why: describe(changed.failure) };
  if ("fenced" in changed)
    return { is: "refused", why: "another has changed the record meanwhile; ask again" };
  return {
    is: "done",
    says: `${id} may join again: its rollcall-init sees that within seconds; where the pod is past it, delete the pod`,
  };
}
