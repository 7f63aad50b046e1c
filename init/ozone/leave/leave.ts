// A member's way out of its ring (DESIGN: scaleDown managed): looks, decides, and acts or waits, until a leader that a
// majority agrees on does not have it any more. It is bounded by progress: what does not come any nearer for a plan's
// waitSeconds fails, says why, and leaves the ring as it is.
import type { PlanOzone } from "../../contract/ozone.ts";
import type { Plan } from "../../contract/plan.ts";
import type { Record as SetRecord } from "../../contract/record.ts";
import type { Ring } from "../../contract/ring/agree.ts";
import type { Failure } from "../../engine/failure.ts";
import { isGoing } from "../../engine/leave/going.ts";
import type { Way } from "../../engine/leave/leave.ts";
import type { Held } from "../../engine/lock/hold.ts";
import { askRing, askRoles } from "../ask.ts";
import type { OzoneWorld } from "../ports.ts";
import { removeCommand, runAdmin, transferCommand } from "./admin.ts";
import { decideLeave, type LeaveDecision } from "./decide.ts";

const LOOK_EVERY_MS = 2_000;
/** Commands that changed nothing, before it is given up. */
const TRIES = 4;

interface Around {
  readonly plan: Plan;
  readonly ozone: PlanOzone;
  readonly world: OzoneWorld;
  readonly me: string;
}

/** What one leave remembers: whether it comes nearer. */
interface Progress {
  /** leader and members as they were at the last look */
  state: string;
  /** monotonic milliseconds since when that is so */
  since: number;
  /** commands since then */
  tries: number;
  told: string;
  /** how the last command ended */
  last: string;
}

export function leaveRing(plan: Plan, ozone: PlanOzone, world: OzoneWorld): Way {
  const around: Around = { plan, ozone, world, me: plan.identity.pod };
  return { turn: () => turn(around), carryOut: (held) => carryOut(around, held) };
}

/** Several may be going: each waits without the lock, so that those who go first can take it. */
async function turn(around: Around): Promise<Failure | null> {
  const progress = begin(around);
  for (;;) {
    const looked = await lookAgain(around, progress);
    if ("stays" in looked) return null;
    if ("failure" in looked) return looked.failure;
    if (looked.decision.do !== "wait") return null;
  }
}

async function carryOut(around: Around, held: Held): ReturnType<Way["carryOut"]> {
  const progress = begin(around);
  for (;;) {
    if (held.lost.aborted) return failed("the lock was lost");
    const looked = await lookAgain(around, progress);
    if ("stays" in looked || "failure" in looked) return looked;
    const { decision } = looked;
    switch (decision.do) {
      case "wait":
        break;
      case "gone":
        return gone(decision.ring, around);
      default: {
        const why = await command(around, decision, { held, progress });
        if (why !== null) return failed(why);
      }
    }
  }
}

const begin = ({ world }: Around): Progress => ({
  state: "",
  since: world.monotonic(),
  tries: 0,
  told: "",
  last: "",
});

type Looked = { decision: LeaveDecision } | { stays: string } | { failure: Failure };

/** One look; where it is to wait, after the pause. Until it is out of the ring a scale-up may want it back. */
async function lookAgain(around: Around, progress: Progress): Promise<Looked> {
  const { world, plan, ozone, me } = around;
  if (world.stop.aborted) return { failure: { name: "stopped", step: "leave" } };
  const going = await isGoing(plan, world.askApi ?? NO_API);
  const live = await askRing(ozone, me, world.askWeb);
  const roles = live.is === "led" ? await askRoles(ozone, live.ring.leader, world.askWeb) : null;
  const superset = ozone.members.map(({ id }) => id);
  const before = going.going ? goingBefore(around, going.wanted) : [];
  const decision = decideLeave({ me, superset, live, roles, before });
  if (!going.going && decision.do !== "gone") return { stays: going.why };
  note(
    progress,
    live.is === "led" ? `${live.ring.leader} ${live.ring.members.map(({ id }) => id)}` : "",
    world,
  );
  if (decision.do !== "wait") return { decision };
  if (progress.told !== decision.for) world.log(`${me} waits, before it leaves, for ${decision.for}`);
  progress.told = decision.for;
  const seconds = (world.monotonic() - progress.since) / 1000;
  if (seconds >= ozone.waitSeconds) {
    return failed(
      `${me} is still in the ring: it waited ${Math.round(seconds)} s for ${decision.for}${progress.last}`,
    );
  }
  await world.pause(LOOK_EVERY_MS * (0.75 + world.random() / 2));
  return { decision };
}

const NO_API = async (): Promise<{ none: string }> => ({ none: "the plan names no API server" });

/** The higher ones that are not wanted either: the order in which the StatefulSet lets its pods go. */
function goingBefore(
  { plan, ozone }: Around,
  { start, replicas }: { start: number; replicas: number },
): string[] {
  const own = ozone.members.findIndex(({ id }) => id === plan.identity.pod);
  const lowest = plan.ordinal - own;
  return ozone.members
    .filter((_, index) => index > own && !(lowest + index >= start && lowest + index < start + replicas))
    .map(({ id }) => id);
}

function note(progress: Progress, state: string, world: OzoneWorld): void {
  if (state === "" || state === progress.state) return;
  Object.assign(progress, { state, since: world.monotonic(), tries: 0 });
}

/** @returns why it is given up; null: look again */
async function command(
  { ozone, world, me }: Around,
  decision: Extract<LeaveDecision, { do: "transfer" | "remove" }>,
  { held, progress }: { held: Held; progress: Progress },
): Promise<string | null> {
  if (progress.tries >= TRIES) {
    return `${me} is still in the ring after ${TRIES} tries to ${words(decision)}${progress.last}`;
  }
  progress.tries += 1;
  world.log(`${me}: ${words(decision)}`);
  const argv =
    decision.do === "transfer"
      ? transferCommand(ozone, decision)
      : removeCommand(ozone, { id: me, nodes: decision.nodes });
  const ran = await runAdmin(argv, { world, abort: held.lost });
  if ("noRoom" in ran) return `${me} is still in the ring: ${ran.noRoom}`;
  progress.last = `; ${ran.how}`;
  await world.pause(LOOK_EVERY_MS * (progress.tries - 0.5));
  return null;
}

const words = (decision: Extract<LeaveDecision, { do: "transfer" | "remove" }>): string =>
  decision.do === "transfer"
    ? `hand leadership to ${decision.to}`
    : `have itself taken out, so that ${decision.nodes.join(", ")} remain`;

function gone({ leader, term, members }: Ring, { me }: Around) {
  const ids = members.map(({ id }) => id).sort();
  return {
    evidence: `leader ${leader} (term ${term}) has ${ids.join(", ")} and not ${me} in its ring and in its RatisRoles`,
    edit: (record: SetRecord): SetRecord =>
      record.ring === undefined ? record : { ...record, ring: { ...record.ring, members: ids } },
  };
}

const failed = (why: string): { failure: Failure } => ({ failure: { name: "leave-failed", why } });
