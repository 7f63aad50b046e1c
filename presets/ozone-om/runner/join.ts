// What the runner does for an Ozone Manager: looks, decides, and acts or waits, until the member may be started plain.

import type { Plan } from "../../../init/contract/plan.ts";
import { readBefore } from "../../../init/engine/before.ts";
import type { Failure } from "../../../init/engine/failure.ts";
import { isGoing } from "../../../init/engine/leave/going.ts";
import { lockOf } from "../../../init/engine/lock/open.ts";
import { gaveUp, underLock } from "../../../init/engine/lock/under.ts";
import type { StepStory } from "../../../init/engine/message.ts";
import { bookOf } from "../../../init/engine/record/book.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import type { Outcome } from "../../../init/engine/run.ts";
import { openStores } from "../../../init/engine/stores/open.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { type Acted, act, type Join } from "./act.ts";
import type { Around } from "./around.ts";
import { decide } from "./decide/decide.ts";
import type { Decision } from "./decide/decision.ts";
import type { Seen } from "./decide/seen.ts";
import { look, type Memory } from "./look.ts";
import { start } from "./start.ts";
import { wayOut } from "./wayOut.ts";

const LOOK_EVERY_MS = 2_000;
/** Joins that came to nothing before the container is started anew. */
const TRIES = 4;
const KEPT_LINES = 20;

/** Brings this pod's member to where it may be started plain, or says why it may not. */
export async function joinRing(plan: Plan, ozone: PlanOzone, world: RingWorld): Promise<Outcome> {
  const { pod, nodeId } = plan.identity;
  const lastLines: string[] = [];
  const story: StepStory = { name: "member", did: "waiting", seconds: 0 };
  const began = world.monotonic();
  const around = await open(plan, ozone, world, (line) => {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
  });
  const ended = "failure" in around ? around : await run(around, began);
  story.seconds = (world.monotonic() - began) / 1000;
  if ("failure" in ended) {
    story.did = "failed";
    return { failure: ended.failure, story: { pod, nodeId, steps: [story], lastLines } };
  }
  story.name = ended.as ?? "start by its own disk";
  story.did = ended.did;
  return { failure: null, story: { pod, nodeId, steps: [story], lastLines: [] } };
}

async function open(
  plan: Plan,
  ozone: PlanOzone,
  world: RingWorld,
  keep: Around["keep"],
): Promise<Around | { failure: Failure }> {
  const book = bookOf(plan, world);
  const { askApi } = world;
  if (book === null || askApi === null) {
    return { failure: { name: "invalid-plan", why: "the plan of a ring names no API server" } };
  }
  const stores = openStores(plan, world);
  const before = await readBefore(plan, stores, world);
  if ("failure" in before) return before;
  const isMarked = before.steps.length > 0 || [...before.doubtful.values()].some(({ length }) => length > 0);
  const me = plan.identity.pod;
  const torn = new Set(before.torn);
  return { plan, ozone, me, world, askApi, book, stores, marked: before.steps, isMarked, torn, keep };
}

type Ended = { as: string | null; did: "ran" | "skipped" } | { failure: Failure };

async function run(around: Around, began: number): Promise<Ended> {
  const { world, ozone } = around;
  const memory: Memory = { leaderlessSince: null };
  const waiting: Waiting = { began, deadline: began + ozone.waitSeconds * 1000, told: "", tries: 0 };
  for (;;) {
    if (world.stop.aborted) return { failure: { name: "stopped", step: null } };
    const looked = await decideNow(around, memory);
    if ("failure" in looked) return looked;
    const ended = await follow(around, looked, { memory, waiting });
    if (ended !== "again") return ended;
  }
}

interface Waiting {
  readonly began: number;
  /** monotonic milliseconds */
  readonly deadline: number;
  told: string;
  /** joins that came to nothing */
  tries: number;
}

interface Looked {
  readonly seen: Seen;
  readonly decision: Decision;
  readonly fence: number;
}

/**
 * Looks and decides; whether the ordinal is wanted at all is asked only where it would join. What the API server does not
 * say is no yes: only who has been taken in already goes on.
 */
async function decideNow(around: Around, memory: Memory): Promise<Looked | { failure: Failure }> {
  const looked = await look(around, memory);
  if ("failure" in looked) return looked;
  const { seen, fence } = looked;
  const decision = decide(seen);
  if (!isJoin(decision)) return { seen, decision, fence };
  const going = await isGoing(around.plan, around.askApi);
  if (!going.going && (going.isRestart || decision.do === "finish")) return { seen, decision, fence };
  const { ordinal } = around.plan;
  if (!going.going && !going.isKnown)
    return {
      seen,
      decision: { do: "wait", for: `word whether ordinal ${ordinal} is wanted: ${going.why}` },
      fence,
    };
  const notWanted = going.going ? `the StatefulSet does not want ordinal ${ordinal} any more` : going.why;
  const unwanted = { ...seen, notWanted };
  return { seen: unwanted, decision: decide(unwanted), fence };
}

const isJoin = (decision: Decision): decision is Join =>
  decision.do === "seed" || decision.do === "bootstrap" || decision.do === "finish";

async function follow(
  around: Around,
  { seen, decision, fence }: Looked,
  { memory, waiting }: { memory: Memory; waiting: Waiting },
): Promise<Ended | "again"> {
  switch (decision.do) {
    case "start": {
      const started = await start(around, { seen, by: decision.by });
      if (started === "again") return "again";
      return "failure" in started ? started : { as: started.marked, did: "skipped" };
    }
    case "fatal":
      return { failure: { name: "ring-mismatch", why: decision.why } };
    case "state-lost":
      return { failure: { name: "state-lost", why: decision.why, wayOut: wayOut(around, seen) } };
    case "wait":
      return waitFor(around, decision.for, waiting);
    default:
      return joinUnderLock(around, decision, { fence, memory, waiting });
  }
}

async function waitFor(
  { world, me }: Around,
  what: string,
  waiting: Waiting,
): Promise<{ failure: Failure } | "again"> {
  if (waiting.told !== what) world.log(`${me} waits for ${what}`);
  waiting.told = what;
  if (world.monotonic() >= waiting.deadline) {
    return { failure: gaveUp({ what: me, began: waiting.began, world }, what) };
  }
  await world.pause(LOOK_EVERY_MS * (0.75 + world.random() / 2));
  return "again";
}

/** One change of membership at a time (I7): what is true under the lock is looked at again there. */
async function joinUnderLock(
  around: Around,
  join: Join,
  { fence, memory, waiting }: { fence: number; memory: Memory; waiting: Waiting },
): Promise<Ended | "again"> {
  const { plan, world, me } = around;
  world.log(`${me}: ${join.do}${join.do === "seed" ? "" : ` with ${join.nodes.join(", ")}`}`);
  const result = await underLock(
    {
      plan,
      world,
      open: lockOf(plan, world),
      what: `${join.do} of ${me}`,
      began: waiting.began,
      deadline: waiting.deadline,
      floor: fence,
      isStillWanted: async () => {
        const looked = await decideNow(around, memory);
        return "failure" in looked || looked.decision.do === join.do;
      },
    },
    async (held): Promise<Acted> => {
      const looked = await decideNow(around, memory);
      if ("failure" in looked) return looked;
      if (!isJoin(looked.decision)) return { again: "" };
      return act(around, looked.decision, { seen: looked.seen, held });
    },
  );
  if (result === "not-wanted") return "again";
  if ("failure" in result) return result;
  if ("joined" in result) return { as: result.joined, did: "ran" };
  return tryAgain(around, join, { why: result.again, waiting });
}

async function tryAgain(
  { world }: Around,
  join: Join,
  { why, waiting }: { why: string; waiting: Waiting },
): Promise<Ended | "again"> {
  if (why === "") return "again";
  waiting.tries += 1;
  if (waiting.tries >= TRIES) return { failure: { name: "join-failed", what: join.do, why } };
  world.log(`${join.do} came to nothing (${waiting.tries} of ${TRIES}): ${why}`);
  await world.pause(LOOK_EVERY_MS * 2 ** waiting.tries * (0.5 + world.random()));
  return "again";
}
