// A member leaves the ring in its own preStop. A member that merely restarts transfers leadership. If the policy is not
// Managed the member is not removed from the ring; its removal by hand is only confirmed.
import type { Plan } from "../../contract/plan.ts";
import type { WorkloadRecord as SetRecord } from "../../contract/record.ts";
import type { Ring } from "../../contract/ring/agree.ts";
import { describe, type Failure } from "../failure.ts";
import { type LeaveOutcome, type LeaveProcedure, leave } from "../leave/leave.ts";
import { checkOrdinal } from "../leave/ordinalStatus.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import type { RingWorld } from "../ringPorts.ts";
import type { RingClient, RingContext } from "./client.ts";
import { awaitTurn, describeProof, observeLeave, type RemovalTerms, removeMember } from "./removeMember.ts";
import { withMembers } from "./ringRecord.ts";
import { handOverBeforeRestart } from "./transferLeadership.ts";
import { listIds } from "./view.ts";

const RETRY_PAUSE_MS = 3_000;

export interface LeaveLimits {
  /** gives up after this long without progress */
  readonly waitSeconds: number;
  /** the limit in total: the pod's grace period ends soon after */
  readonly leaveSeconds: number;
}

/**
 * Leaves, and starts over after an outage of the API server or S3, within leaveSeconds. If the API server is
 * unreachable from the start, the stop is treated as a restart.
 */
export async function leaveRing(
  { plan, ring, world }: { plan: Plan; ring: RingClient; world: RingWorld },
  limits: LeaveLimits,
): Promise<LeaveOutcome> {
  const context: RingContext = { plan, ring, world, id: plan.identity.pod };
  const began = world.monotonic();
  for (let wasRemoved = false; ; wasRemoved = true) {
    const leaveSeconds = limits.leaveSeconds - (world.monotonic() - began) / 1000;
    const left = await leave(plan, world, createLeaveProcedure(context, { ...limits, leaveSeconds }));
    const why = findOutage(left, wasRemoved);
    const isLate = world.monotonic() - began + RETRY_PAUSE_MS >= limits.leaveSeconds * 1000;
    if (why === null || isLate || world.stop.aborted) return left;
    world.log(`${plan.identity.pod} starts leaving again: ${why}`);
    await world.pause(RETRY_PAUSE_MS);
  }
}

/** The outage that prevented the leave; null if there was none. */
function findOutage(left: LeaveOutcome, wasRemoved: boolean): string | null {
  if (left.is === "failed") return left.isOutage === true ? describe(left.failure) : null;
  return left.is === "stays" && left.isKnown === false && wasRemoved ? left.why : null;
}

function createLeaveProcedure(
  context: RingContext,
  { waitSeconds, leaveSeconds }: LeaveLimits,
): LeaveProcedure {
  const terms: RemovalTerms = {
    checkWanted: () => checkWanted(context),
    patienceSeconds: waitSeconds,
    limitSeconds: leaveSeconds,
  };
  const isManaged = context.plan.drop === "managed";
  return {
    patienceMs: leaveSeconds * 1000,
    awaitTurn: async () => (isManaged ? toTurnFailure(await awaitTurn(context, terms)) : null),
    carryOut: (lease) => (isManaged ? leaveUnderLock(context, terms, lease) : confirmRemoved(context)),
    beforeRestart: () => handOverBeforeRestart(context),
  };
}

async function leaveUnderLock(
  context: RingContext,
  terms: RemovalTerms,
  lease: LeaseHandle,
): ReturnType<LeaveProcedure["carryOut"]> {
  const removal = await removeMember(context, terms, lease.lost);
  if ("ring" in removal) return buildLeaveProof(context, removal.ring);
  return "stays" in removal ? removal : { failure: buildLeaveFailure(removal.stuck) };
}

/** The member was removed by hand beforehand. Its tombstone lets it rejoin after the next scale-up. */
async function confirmRemoved(context: RingContext): ReturnType<LeaveProcedure["carryOut"]> {
  const { decision } = await observeLeave(context, []);
  if (decision.do === "gone") return buildLeaveProof(context, decision.ring);
  return { stays: "scaleDown.policy is Drained, so it does not remove itself from the ring" };
}

const buildLeaveProof = (context: RingContext, ring: Ring) => ({
  evidence: describeProof(context, ring),
  edit: (record: SetRecord): SetRecord => withMembers(record, listIds(ring)),
});

/** Until the member is out of the ring a scale-up may add its ordinal again. */
async function checkWanted({ plan, ring, world }: RingContext): ReturnType<RemovalTerms["checkWanted"]> {
  const ordinal = await checkOrdinal(plan, world.askApi ?? NO_API);
  if (!ordinal.isRemoved) return ordinal.isKnown ? { stays: ordinal.why } : { unknown: ordinal.why };
  const { start, replicas } = ordinal.wanted;
  const own = ring.possibleMembers.indexOf(plan.identity.pod);
  const lowest = plan.ordinal - own;
  // the higher ordinals that are removed as well: the StatefulSet controller removes them first
  const removalsAhead = ring.possibleMembers.filter(
    (_, index) => index > own && !(lowest + index >= start && lowest + index < start + replicas),
  );
  return { removalsAhead };
}

const NO_API = async (): Promise<{ none: string }> => ({ none: "the plan has no API server settings" });

const toTurnFailure = (result: { stuck: string } | null): Failure | null =>
  result === null ? null : buildLeaveFailure(result.stuck);

const buildLeaveFailure = (why: string): Failure => ({ name: "leave-failed", why, kind: "ring" });
