// A member's way out by its own preStop (DESIGN: scaleDown managed). Where it stays and is merely restarted it hands
// leadership over; where scaleDown is strict it takes nobody out, and only says that it is out once somebody else did.
import type { PlanOzone } from "../../contract/ozone.ts";
import type { Plan } from "../../contract/plan.ts";
import type { Record as SetRecord } from "../../contract/record.ts";
import type { Failure } from "../../engine/failure.ts";
import { isGoing } from "../../engine/leave/going.ts";
import type { Way } from "../../engine/leave/leave.ts";
import type { Held } from "../../engine/lock/hold.ts";
import type { OzoneWorld } from "../ports.ts";
import { type Around, sight } from "./around.ts";
import { handOver } from "./handOver.ts";
import { awaitTurn, evidenceOf, idsOf, type Terms, takeOut } from "./takeOut.ts";
import { withMembers } from "./withMembers.ts";

export function leaveRing(plan: Plan, ozone: PlanOzone, world: OzoneWorld): Way {
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
  return { stays: `scaleDown is strict, so it does not take itself out of the ring` };
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
  if (!going.going) return { stays: going.why };
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
