// A member's way out by its own preStop. Where it stays and is merely restarted it hands leadership over; where the
// policy is not Managed it takes no member out, and only says that it is out once it is.
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

const AGAIN_AFTER_MS = 3_000;

export interface LeaveLimits {
  /** without progress, until it is given up */
  readonly waitSeconds: number;
  /** in all: the pod's grace period ends it soon after */
  readonly leaveSeconds: number;
}

/**
 * The whole way out, begun anew after an outage of what it asks, within leaveSeconds. Whether the ordinal goes at all must
 * have been known once: a member that cannot ask takes a stop for a restart, which is over at once.
 */
export async function leaveRing(
  { plan, ring, world }: { plan: Plan; ring: RingClient; world: RingWorld },
  limits: LeaveLimits,
): Promise<LeaveOutcome> {
  const context: RingContext = { plan, ring, world, id: plan.identity.pod };
  const began = world.monotonic();
  for (let wasGoing = false; ; wasGoing = true) {
    const leaveSeconds = limits.leaveSeconds - (world.monotonic() - began) / 1000;
    const left = await leave(plan, world, createLeaveProcedure(context, { ...limits, leaveSeconds }));
    const why = outageIn(left, wasGoing);
    const isLate = world.monotonic() - began + AGAIN_AFTER_MS >= limits.leaveSeconds * 1000;
    if (why === null || isLate || world.stop.aborted) return left;
    world.log(`${plan.identity.pod} begins to leave anew: ${why}`);
    await world.pause(AGAIN_AFTER_MS);
  }
}

/** What kept it from leaving and may be over soon; null: it has ended. */
function outageIn(left: LeaveOutcome, wasGoing: boolean): string | null {
  if (left.is === "failed") return left.isOutage === true ? describe(left.failure) : null;
  return left.is === "stays" && left.isKnown === false && wasGoing ? left.why : null;
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
    turn: async () => (isManaged ? failureOfTurn(await awaitTurn(context, terms)) : null),
    carryOut: (held) => (isManaged ? leaveUnderLock(context, terms, held) : confirmRemoved(context)),
    restart: () => handOverBeforeRestart(context),
  };
}

async function leaveUnderLock(
  context: RingContext,
  terms: RemovalTerms,
  held: LeaseHandle,
): ReturnType<LeaveProcedure["carryOut"]> {
  const out = await removeMember(context, terms, held.lost);
  if ("ring" in out) return doneBy(context, out.ring);
  return "stays" in out ? out : { failure: buildLeaveFailure(out.stuck) };
}

/** Taken out by hand beforehand: its tombstone lets it join again after the next scale-up. */
async function confirmRemoved(context: RingContext): ReturnType<LeaveProcedure["carryOut"]> {
  const { decision } = await observeLeave(context, []);
  if (decision.do === "gone") return doneBy(context, decision.ring);
  return { stays: `scaleDown.policy is Drained, so it does not take itself out of the ring` };
}

const doneBy = (context: RingContext, ring: Ring) => ({
  evidence: describeProof(context, ring),
  edit: (record: SetRecord): SetRecord => withMembers(record, listIds(ring)),
});

/** Until it is out of the ring a scale-up may want it back. */
async function checkWanted({ plan, ring, world }: RingContext): ReturnType<RemovalTerms["checkWanted"]> {
  const going = await checkOrdinal(plan, world.askApi ?? NO_API);
  if (!going.going) return going.isKnown ? { stays: going.why } : { unknown: going.why };
  const { start, replicas } = going.wanted;
  const own = ring.superset.indexOf(plan.identity.pod);
  const lowest = plan.ordinal - own;
  // the higher ones that are not wanted either: the order in which the StatefulSet lets its pods go
  const before = ring.superset.filter(
    (_, index) => index > own && !(lowest + index >= start && lowest + index < start + replicas),
  );
  return { before };
}

const NO_API = async (): Promise<{ none: string }> => ({ none: "the plan names no API server" });

const failureOfTurn = (given: { stuck: string } | null): Failure | null =>
  given === null ? null : buildLeaveFailure(given.stuck);

const buildLeaveFailure = (why: string): Failure => ({ name: "leave-failed", why });
