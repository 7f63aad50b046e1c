// A member's way out by its own preStop. Where it stays and is merely restarted it hands leadership over; where
// scaleDown is strict it takes nobody out, and only says that it is out once somebody else did.

import type { Plan } from "../../../../init/contract/plan.ts";
import type { Record as SetRecord } from "../../../../init/contract/record.ts";
import { describe, type Failure } from "../../../../init/engine/failure.ts";
import { isGoing } from "../../../../init/engine/leave/going.ts";
import { type Left, leave, type Way } from "../../../../init/engine/leave/leave.ts";
import type { Held } from "../../../../init/engine/lock/hold.ts";
import type { RingWorld } from "../../../../init/engine/ringPorts.ts";
import type { PlanOzone } from "../../contract/plan.ts";
import { withMembers } from "../ringRecord.ts";
import { type Around, sight } from "./around.ts";
import { handOver } from "./handOver.ts";
import { awaitTurn, evidenceOf, idsOf, type Terms, takeOut } from "./takeOut.ts";

const AGAIN_AFTER_MS = 3_000;

/**
 * The whole way out, begun anew after an outage of what it asks, within the plan's leaveSeconds. Whether the ordinal goes
 * at all must have been known once: who cannot ask takes a stop for a restart, which is over at once.
 */
export async function leaveByItself(plan: Plan, ozone: PlanOzone, world: RingWorld): Promise<Left> {
  const began = world.monotonic();
  for (let wasGoing = false; ; wasGoing = true) {
    const leaveSeconds = ozone.leaveSeconds - (world.monotonic() - began) / 1000;
    const left = await leave(plan, world, leaveRing(plan, { ...ozone, leaveSeconds }, world));
    const why = outageIn(left, wasGoing);
    const isLate = world.monotonic() - began + AGAIN_AFTER_MS >= ozone.leaveSeconds * 1000;
    if (why === null || isLate || world.stop.aborted) return left;
    world.log(`${plan.identity.pod} begins to leave anew: ${why}`);
    await world.pause(AGAIN_AFTER_MS);
  }
}

/** What kept it from leaving and may be over soon; null: it has ended. */
function outageIn(left: Left, wasGoing: boolean): string | null {
  if (left.is === "failed") return left.isOutage === true ? describe(left.failure) : null;
  return left.is === "stays" && left.isKnown === false && wasGoing ? left.why : null;
}

export function leaveRing(plan: Plan, ozone: PlanOzone, world: RingWorld): Way {
  const around: Around = { plan, ozone, world, id: plan.identity.pod };
  const terms: Terms = {
    still: () => still(around),
    patienceSeconds: ozone.waitSeconds,
    limitSeconds: ozone.leaveSeconds,
  };
  const isManaged = plan.drop === "managed";
  return {
    patienceMs: ozone.leaveSeconds * 1000,
    turn: async () => (isManaged ? failedBy(await awaitTurn(around, terms)) : null),
    carryOut: (held) => (isManaged ? carryOut(around, terms, held) : whetherOut(around)),
    restart: () => handOver(around),
  };
}

async function carryOut(around: Around, terms: Terms, held: Held): ReturnType<Way["carryOut"]> {
  const out = await takeOut(around, terms, held.lost);
  if ("ring" in out) return done(out.ring, around);
  return "stays" in out ? out : { failure: failureOf(out.stuck) };
}

/** Taken out by hand beforehand: its tombstone lets it join again after the next scale-up. */
async function whetherOut(around: Around): ReturnType<Way["carryOut"]> {
  const { decision } = await sight(around, []);
  if (decision.do === "gone") return done(decision.ring, around);
  return { stays: `scaleDown.policy is Drained, so it does not take itself out of the ring` };
}

function done(ring: Parameters<typeof evidenceOf>[0], { id }: Around) {
  return {
    evidence: evidenceOf(ring, id),
    edit: (record: SetRecord): SetRecord => withMembers(record, idsOf(ring)),
  };
}

/** Until it is out of the ring a scale-up may want it back. */
async function still({ plan, ozone, world }: Around): ReturnType<Terms["still"]> {
  const going = await isGoing(plan, world.askApi ?? NO_API);
  if (!going.going) return going.isKnown ? { stays: going.why } : { unknown: going.why };
  const { start, replicas } = going.wanted;
  const own = ozone.members.findIndex(({ id }) => id === plan.identity.pod);
  const lowest = plan.ordinal - own;
  // the higher ones that are not wanted either: the order in which the StatefulSet lets its pods go
  const before = ozone.members
    .filter((_, index) => index > own && !(lowest + index >= start && lowest + index < start + replicas))
    .map(({ id }) => id);
  return { before };
}

const NO_API = async (): Promise<{ none: string }> => ({ none: "the plan names no API server" });

const failedBy = (given: { stuck: string } | null): Failure | null =>
  given === null ? null : failureOf(given.stuck);

const failureOf = (why: string): Failure => ({ name: "leave-failed", why });
