// A join, under the lock: SEED makes a ring of one, BOOTSTRAP asks the leader to be taken in, FINISH runs a join that was
// cut off to its proof. Each runs the daemon until it is proven, and stops it; the application's own container then
// starts it plain (docs/research/ozone.md#static-superset).
import type { Failure } from "../../../init/engine/failure.ts";
import { describeChildEnd } from "../../../init/engine/failure.ts";
import type { LeaseHandle } from "../../../init/engine/lock/holdLock.ts";
import type { ChildEnd } from "../../../init/engine/ports.ts";
import type { Join } from "../../../init/engine/ring/joinDecision.ts";
import type { JoinAttempt } from "../../../init/engine/ring/member.ts";
import { clearOldState, noteJoining } from "./clear.ts";
import { identifyState, type OzoneContext, type OzoneObservation, readOwnDisk } from "./context.ts";
import { type DaemonResult, runToProof } from "./daemon.ts";
import { initialise } from "./initialise.ts";

/** @param seen what the join was decided by, under the lock */
export async function runJoin(
  context: OzoneContext,
  join: Join,
  { seen, held }: { seen: OzoneObservation; held: LeaseHandle },
): Promise<JoinAttempt> {
  const failure = await prepare(context, join, seen);
  if (failure !== null) return { failure };
  if (join.do === "seed") {
    const wrong = await initialise(context, { held, clusterID: seen.clusterID });
    if (wrong !== null) return { failure: wrong };
  }
  const startedAt = context.world.now().toISOString();
  const ran = await runToProof(context, buildJoinCommand(context, join), {
    held,
    what: join.do,
    mayBeOutside: join.do === "finish",
  });
  if (context.world.stop.aborted) return { failure: { name: "stopped", step: join.do } };
  if (held.lost.aborted) return { again: "the lock was lost" };
  if (ran.is === "outside") return { again: "the ring does not have this member" };
  if (ran.is === "ended") return explainEnd(context, join, ran);
  const disk = await readOwnDisk(context);
  const version = "unreadable" in disk || disk.version === null ? null : disk.version;
  if (version === null || "broken" in version) return { again: "its VERSION cannot be read any more" };
  const { ring, evidence } = ran;
  return { proven: { ring, evidence, state: identifyState(context, version), startedAt } };
}

async function prepare(
  context: OzoneContext,
  join: Join,
  { disk, me }: OzoneObservation,
): Promise<Failure | null> {
  switch (join.do) {
    case "finish":
      return null;
    case "bootstrap":
      return (await clearOldState(context, disk, join.clear)) ?? noteJoining(context, join.nodes);
    case "seed": {
      // a corrupt state of a seed that was never proven; a whole one is gone on with
      const isCorrupt = disk.joining !== null && disk.raft.is === "broken";
      return (
        (await clearOldState(context, disk, isCorrupt ? "discard" : "nothing")) ?? noteJoining(context, [me])
      );
    }
  }
}

/**
 * `ozone.om.nodes` is exactly the ring and this member: one that it does not know would end it
 * (docs/research/ozone.md#traps-of-the-leader).
 */
function buildJoinCommand({ ozone, me }: OzoneContext, join: Join): string[] {
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

function explainEnd(
  { ozone, me }: OzoneContext,
  join: Join,
  { end, missing }: Extract<DaemonResult, { is: "ended" }>,
): JoinAttempt {
  const argv = [...ozone.command, "om"];
  const how = describeChildEnd("the daemon", argv, end);
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
