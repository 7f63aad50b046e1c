// A join, under the lock: `seed` starts a ring of one, `bootstrap` joins through the leader, `finish` completes an
// interrupted join. Each runs the daemon until its membership is proven, and stops it; the application's container then
// starts it normally (docs/research/ozone.md#static-superset).
import type { Failure } from "../../../init/engine/failure.ts";
import { describeChildEnd } from "../../../init/engine/failure.ts";
import type { LeaseHandle } from "../../../init/engine/lock/holdLock.ts";
import type { ChildEnd } from "../../../init/engine/ports.ts";
import type { Join } from "../../../init/engine/ring/joinDecision.ts";
import type { JoinAttempt, StateIdentity } from "../../../init/engine/ring/member.ts";
import { clearOldState, noteJoining } from "./clear.ts";
import { identifyState, type OzoneContext, type OzoneObservation, readOwnDisk } from "./context.ts";
import { type DaemonResult, runToProof } from "./daemon.ts";
import { initialise } from "./initialise.ts";

/** @param observation the observation under the lock on which the join was decided */
export async function runJoin(
  context: OzoneContext,
  join: Join,
  { observation, lease }: { observation: OzoneObservation; lease: LeaseHandle },
): Promise<JoinAttempt> {
  const failure = await prepare(context, join, observation);
  if (failure !== null) return { failure };
  if (join.do === "seed") {
    const wrong = await initialise(context, { lease, clusterID: observation.clusterID });
    if (wrong !== null) return { failure: wrong };
  }
  const startedAt = context.world.now().toISOString();
  const ran = await runToProof(context, buildJoinCommand(context, join), {
    lease,
    what: join.do,
    mayBeOutside: join.do === "finish",
  });
  if (context.world.stop.aborted) return { failure: { name: "stopped", step: join.do } };
  if (lease.lost.aborted) return { again: "the lock was lost" };
  if (ran.is === "outside") return { again: "the ring does not list this member" };
  if (ran.is === "ended") return explainEnd(context, join, ran);
  const state = await identifyOwnState(context);
  if (state === null) return { again: "its VERSION cannot be read" };
  const { ring, evidence } = ran;
  return { proven: { ring, evidence, state, startedAt } };
}

async function identifyOwnState(context: OzoneContext): Promise<StateIdentity | null> {
  const disk = await readOwnDisk(context);
  if ("unreadable" in disk || disk.version === null || "broken" in disk.version) return null;
  return identifyState(context, disk.version, disk.raft.is === "whole" ? disk.raft.logStart : null);
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
      // the corrupt state of a seed that was never proven is discarded; an intact one is continued
      const isCorrupt = disk.joining !== null && disk.raft.is === "broken";
      return (
        (await clearOldState(context, disk, isCorrupt ? "discard" : "nothing")) ?? noteJoining(context, [me])
      );
    }
  }
}

/**
 * `ozone.om.nodes` lists exactly the ring and this member: the daemon exits if the ring has a member that it does not
 * list (docs/research/ozone.md#traps-of-the-leader).
 */
function buildJoinCommand({ ozone, me }: OzoneContext, join: Join): string[] {
  const nodes = join.do === "seed" ? [me] : join.nodes;
  const command = [...ozone.command, "om", "--set", `ozone.om.nodes.${ozone.serviceId}=${nodes.join(",")}`];
  if (join.do !== "bootstrap") return command;
  // without these limits an unreachable member costs minutes, and a call hours (docs/research/ozone.md#check-of-peers)
  const limits = ["ozone.om.admin.protocol.max.retries=2", "ozone.client.failover.max.attempts=10"];
  return [...command, ...limits.flatMap((limit) => ["--set", limit]), "--bootstrap"];
}

/**
 * The exit code of `om --bootstrap` if a peer's configuration lacks this member (docs/research/ozone.md#commands).
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
        ? `${how}: a running member's configuration does not list ${me} at its address, or this member is not an administrator. A member reads its configuration only at its start, so members that were started before Rollcall was installed or maxReplicas was raised need one restart: scale back to the previous replicas, run kubectl rollout restart on the StatefulSet, and scale up when it has completed`
        : `${how}; it was waiting for ${missing}`;
    return { failure: { name: "join-failed", what: join.do, why } };
  }
  return { again: `${how} before its membership was proven; it was waiting for ${missing}` };
}

function isForGood(join: Join, end: ChildEnd): boolean {
  if (end.is === "not-started" || end.is === "timed-out") return true;
  return join.do === "bootstrap" && end.is === "exited" && end.code === REFUSED;
}
