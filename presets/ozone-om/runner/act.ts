// A join, under the lock: SEED makes a ring of one, BOOTSTRAP asks the leader to be taken in, FINISH runs a join that was
// cut off to its proof. Each runs the daemon until it is proven, stops it, records and marks; the application's own
// container then starts it plain (docs/research/ozone.md#decision-table).
import type { Failure } from "../../../init/engine/failure.ts";
import { endOf } from "../../../init/engine/failure.ts";
import type { Held } from "../../../init/engine/lock/hold.ts";
import type { ChildEnd } from "../../../init/engine/ports.ts";
import type { Around } from "./around.ts";
import { clear, forgetJoining, noteJoining } from "./clear.ts";
import { type Ran, runToProof } from "./daemon.ts";
import type { Decision } from "./decide/decision.ts";
import type { Seen } from "./decide/seen.ts";
import { initialise } from "./initialise.ts";
import { type Joined, mark, unmark, whyNotMarkable } from "./mark.ts";
import { readDisk } from "./read/disk.ts";
import type { Version } from "./read/version.ts";
import { withJoined, withSeedBegun } from "./ringRecord.ts";

export type Join = Extract<Decision, { do: "seed" | "bootstrap" | "finish" }>;

/** joined; again: the world has changed, or a try came to nothing: look once more; a failure ends the run */
export type Acted = { readonly joined: Joined } | { readonly again: string } | { readonly failure: Failure };

/** @param seen what the join was decided by, under the lock */
export async function act(
  around: Around,
  join: Join,
  { seen, held }: { seen: Seen; held: Held },
): Promise<Acted> {
  const failure =
    (await whyNotMarkable(around)) ??
    (join.do === "seed" ? await recordSeed(around, held) : null) ??
    (await unmark(around)) ??
    (await prepare(around, join, seen));
  if (failure !== null) return typeof failure === "string" ? { again: failure } : { failure };
  if (join.do === "seed") {
    const wrong = await initialise(around, { held, clusterID: seen.clusterID });
    if (wrong !== null) return { failure: wrong };
  }
  const startedAt = around.world.now().toISOString();
  const ran = await runToProof(around, commandOf(around, join), {
    held,
    what: join.do,
    mayBeOutside: join.do === "finish",
  });
  if (around.world.stop.aborted) return { failure: { name: "stopped", step: join.do } };
  if (held.lost.aborted) return { again: "the lock was lost" };
  if (ran.is === "outside") return { again: "the ring does not have this member" };
  if (ran.is === "ended") return ended(around, join, ran);
  return settle(around, { ran, held, startedAt });
}

/** Null where the record names this member as the seed of a ring that is not proven yet. */
async function recordSeed({ book, me }: Around, held: Held): Promise<Failure | string | null> {
  const changed = await book.change(held.fence, (record) => withSeedBegun(record, me));
  if ("failure" in changed) return changed.failure;
  if ("fenced" in changed) return "the lock was lost";
  const { ring } = changed.record;
  return ring?.seed === me && ring.clusterID === null ? null : "another ring is recorded";
}

async function prepare(around: Around, join: Join, { disk, me }: Seen): Promise<Failure | null> {
  switch (join.do) {
    case "finish":
      return null;
    case "bootstrap":
      return (await clear(around, disk, join.clear)) ?? noteJoining(around, join.nodes);
    case "seed": {
      // a torn state of a seed that was never proven; a whole one is gone on with
      const isTorn = disk.joining !== null && disk.raft.is === "broken";
      return (await clear(around, disk, isTorn ? "discard" : "nothing")) ?? noteJoining(around, [me]);
    }
  }
}

/**
 * `ozone.om.nodes` is exactly the ring and this member: one that it does not know would end it
 * (docs/research/ozone.md#traps-of-the-leader).
 */
function commandOf({ ozone, me }: Around, join: Join): string[] {
  const nodes = join.do === "seed" ? [me] : join.nodes;
  const command = [...ozone.command, "om", "--set", `ozone.om.nodes.${ozone.serviceId}=${nodes.join(",")}`];
  if (join.do !== "bootstrap") return command;
  // without these a member that is away costs minutes, and a call hours (docs/research/ozone.md#check-of-peers)
  const limits = ["ozone.om.admin.protocol.max.retries=2", "ozone.client.failover.max.attempts=10"];
  return [...command, ...limits.flatMap((limit) => ["--set", limit]), "--bootstrap"];
}

/**
 * Exit codes of `om --bootstrap` (docs/research/ozone.md#commands): 1 only when a peer's configuration lacks this
 * member.
 */
const REFUSED = 1;

function ended({ ozone, me }: Around, join: Join, { end, missing }: Extract<Ran, { is: "ended" }>): Acted {
  const argv = [...ozone.command, "om"];
  const how = endOf("the daemon", argv, end);
  if (isForGood(join, end)) {
    const why =
      end.is === "exited"
        ? `${how}: a running member's configuration does not list ${me} at its address, or this one is no administrator; it reads that once, at its start, so members that were started before Rollcall, or before maxReplicas was raised, need one restart: scale back to what ran, kubectl rollout restart the StatefulSet, and scale up again when that has ended`
        : `${how}; what was missing: ${missing}`;
    return { failure: { name: "join-failed", what: join.do, why } };
  }
  return { again: `${how} before it was proven a member; what was missing: ${missing}` };
}

function isForGood(join: Join, end: ChildEnd): boolean {
  if (end.is === "not-started" || end.is === "timed-out") return true;
  return join.do === "bootstrap" && end.is === "exited" && end.code === REFUSED;
}

async function settle(
  around: Around,
  { ran, held, startedAt }: { ran: Extract<Ran, { is: "proven" }>; held: Held; startedAt: string },
): Promise<Acted> {
  const { ozone, world, book, me } = around;
  const disk = await readDisk(ozone, { ...world.trees, readText: world.files.readText });
  const version = "unreadable" in disk || disk.version === null ? null : disk.version;
  if (version === null || "broken" in version) return { again: "its VERSION cannot be read any more" };
  const members = ran.ring.members.map(({ id }) => id);
  const { clusterID } = version;
  const changed = await book.change(held.fence, (record) => withJoined(record, { me, members, clusterID }));
  if ("failure" in changed) return changed;
  if ("fenced" in changed) return { again: "the lock was lost" };
  const how: Joined = changed.record.ring?.seed === me ? "seed" : "bootstrap";
  const failure =
    (await mark(around, { how, version, startedAt, evidence: evidenceOf(ran, version) })) ??
    (await forgetJoining(around));
  return failure === null ? { joined: how } : { failure };
}

const evidenceOf = ({ evidence }: { evidence: string }, { clusterID, omUuid }: Version): string =>
  `${evidence}; cluster ${clusterID}, omUuid ${omUuid}`;
