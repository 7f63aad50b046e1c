// Brings a member of a ring to where the application's container may start it plain: observes, decides, and acts or
// waits (docs/research/ozone.md#static-superset).
import type { Plan } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import { checkOrdinal } from "../leave/ordinalStatus.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import { prepareLock } from "../lock/open.ts";
import { describeTimeout, withLock } from "../lock/withLock.ts";
import { openStores, readBefore } from "../markers.ts";
import type { StepReport } from "../message.ts";
import { openRecord } from "../record/recordStore.ts";
import type { RingWorld } from "../ringPorts.ts";
import type { RunOutcome } from "../run.ts";
import { confirmJoin, confirmStart, recordSeed } from "./confirmMember.ts";
import { isJoin, type Join, type JoinDecision } from "./joinDecision.ts";
import type { JoiningMember, MemberContext, MemberObservation } from "./member.ts";
import { checkMarkable, type JoinKind, unmarkMember } from "./memberMarker.ts";
import { observeMember, type RunMemory } from "./observeMember.ts";

const LOOK_EVERY_MS = 2_000;
/** Joins that came to nothing before the container is started anew. */
const TRIES = 4;
const KEPT_LINES = 20;

/**
 * Brings this pod's member to where it may be started plain, or says why it may not.
 * @param openMember what the kind supplies
 */
export async function joinRing<Disk>(
  plan: Plan,
  world: RingWorld,
  openMember: (context: MemberContext) => JoiningMember<Disk>,
): Promise<RunOutcome> {
  const { pod, nodeId } = plan.identity;
  const lastLines: string[] = [];
  const story: StepReport = { name: "member", did: "waiting", seconds: 0 };
  const began = world.monotonic();
  const context = await openContext(plan, world, (line) => {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
  });
  const ended = "failure" in context ? context : await run({ context, member: openMember(context) }, began);
  story.seconds = (world.monotonic() - began) / 1000;
  if ("failure" in ended) {
    story.did = "failed";
    return { failure: ended.failure, story: { pod, nodeId, steps: [story], lastLines } };
  }
  story.name = ended.as ?? "start by its own disk";
  story.did = ended.did;
  return { failure: null, story: { pod, nodeId, steps: [story], lastLines: [] } };
}

async function openContext(
  plan: Plan,
  world: RingWorld,
  keep: MemberContext["keep"],
): Promise<MemberContext | { failure: Failure }> {
  const { askApi } = world;
  if (askApi === null) {
    return { failure: { name: "invalid-plan", why: "the plan of a ring names no API server" } };
  }
  const records = openRecord(plan, askApi, world);
  const stores = openStores(plan, world);
  const before = await readBefore(plan, stores, world);
  if ("failure" in before) return before;
  const isMarked = before.steps.length > 0 || [...before.doubtful.values()].some(({ length }) => length > 0);
  const me = plan.identity.pod;
  const torn = new Set(before.torn);
  return { plan, me, world, askApi, book: records, stores, marked: before.steps, isMarked, torn, keep };
}

type JoinEnd = { as: string | null; did: "ran" | "skipped" } | { failure: Failure };

interface JoinContext<Disk> {
  readonly context: MemberContext;
  readonly member: JoiningMember<Disk>;
}

async function run<Disk>(joining: JoinContext<Disk>, began: number): Promise<JoinEnd> {
  const { world } = joining.context;
  const memory: RunMemory = { leaderlessSince: null };
  const deadline = began + joining.member.waitSeconds * 1000;
  const waiting: JoinWait = { began, deadline, told: "", tries: 0 };
  for (;;) {
    if (world.stop.aborted) return { failure: { name: "stopped", step: null } };
    const looked = await decideNow(joining, memory);
    if ("failure" in looked) return looked;
    const ended = await follow(joining, looked, { memory, waiting });
    if (ended !== "again") return ended;
  }
}

interface JoinWait {
  readonly began: number;
  /** monotonic milliseconds */
  readonly deadline: number;
  told: string;
  /** joins that came to nothing */
  tries: number;
}

interface JoinLook<Disk> {
  readonly seen: MemberObservation<Disk>;
  readonly decision: JoinDecision;
  readonly fence: number;
}

/**
 * Looks and decides; whether the ordinal is wanted at all is asked only where it would join. No
 * answer of the API server is no yes: only a member that has been taken in already goes on.
 */
async function decideNow<Disk>(
  { context, member }: JoinContext<Disk>,
  memory: RunMemory,
): Promise<JoinLook<Disk> | { failure: Failure }> {
  const looked = await observeMember(context, member, memory);
  if ("failure" in looked) return looked;
  const { seen, fence } = looked;
  const decision = member.decide(seen);
  if (!isJoin(decision)) return { seen, decision, fence };
  const going = await checkOrdinal(context.plan, context.askApi);
  if (!going.going && (going.isRestart || decision.do === "finish")) return { seen, decision, fence };
  const { ordinal } = context.plan;
  if (!going.going && !going.isKnown)
    return {
      seen,
      decision: { do: "wait", for: `word whether ordinal ${ordinal} is wanted: ${going.why}` },
      fence,
    };
  const notWanted = going.going ? `the StatefulSet does not want ordinal ${ordinal} any more` : going.why;
  const unwanted = { ...seen, notWanted };
  return { seen: unwanted, decision: member.decide(unwanted), fence };
}

async function follow<Disk>(
  joining: JoinContext<Disk>,
  { seen, decision, fence }: JoinLook<Disk>,
  { memory, waiting }: { memory: RunMemory; waiting: JoinWait },
): Promise<JoinEnd | "again"> {
  const { context, member } = joining;
  switch (decision.do) {
    case "start": {
      const state = member.identifyState(seen.disk);
      const started = await confirmStart(context, { seen, by: decision.by, state });
      if (started === "again") return "again";
      return "failure" in started ? started : { as: started.marked, did: "skipped" };
    }
    case "fatal":
      return { failure: { name: "ring-mismatch", why: decision.why } };
    case "state-lost":
      return {
        failure: { name: "state-lost", why: decision.why, wayOut: member.listRecoveryCommands(seen) },
      };
    case "wait":
      return waitFor(context, decision.for, waiting);
    default:
      return joinUnderLock(joining, decision, { fence, memory, waiting });
  }
}

async function waitFor(
  { world, me }: MemberContext,
  what: string,
  waiting: JoinWait,
): Promise<{ failure: Failure } | "again"> {
  if (waiting.told !== what) world.log(`${me} waits for ${what}`);
  waiting.told = what;
  if (world.monotonic() >= waiting.deadline) {
    return { failure: describeTimeout({ what: me, began: waiting.began, world }, what) };
  }
  await world.pause(LOOK_EVERY_MS * (0.75 + world.random() / 2));
  return "again";
}

/** One change of membership at a time (I7): what is true under the lock is looked at again there. */
async function joinUnderLock<Disk>(
  joining: JoinContext<Disk>,
  join: Join,
  { fence, memory, waiting }: { fence: number; memory: RunMemory; waiting: JoinWait },
): Promise<JoinEnd | "again"> {
  const { plan, world, me } = joining.context;
  world.log(`${me}: ${join.do}${join.do === "seed" ? "" : ` with ${join.nodes.join(", ")}`}`);
  const result = await withLock(
    {
      plan,
      world,
      open: prepareLock(plan, world),
      what: `${join.do} of ${me}`,
      began: waiting.began,
      deadline: waiting.deadline,
      lastFence: fence,
      isStillWanted: async () => {
        const looked = await decideNow(joining, memory);
        return "failure" in looked || looked.decision.do === join.do;
      },
    },
    async (held): Promise<JoinResult> => {
      const looked = await decideNow(joining, memory);
      if ("failure" in looked) return looked;
      if (!isJoin(looked.decision)) return { again: "" };
      return carryOut(joining, looked.decision, { seen: looked.seen, held });
    },
  );
  if (result === "not-wanted") return "again";
  if ("failure" in result) return result;
  if ("joined" in result) return { as: result.joined, did: "ran" };
  return tryAgain(joining.context, join, { why: result.again, waiting });
}

type JoinResult = { joined: JoinKind } | { again: string } | { failure: Failure };

/** @param seen what the join was decided by, under the lock */
async function carryOut<Disk>(
  { context, member }: JoinContext<Disk>,
  join: Join,
  { seen, held }: { seen: MemberObservation<Disk>; held: LeaseHandle },
): Promise<JoinResult> {
  const failure =
    (await checkMarkable(context)) ??
    (join.do === "seed" ? await recordSeed(context, held) : null) ??
    (await unmarkMember(context));
  if (failure !== null) return typeof failure === "string" ? { again: failure } : { failure };
  const attempt = await member.join(join, { seen, held });
  if (!("proven" in attempt)) return attempt;
  const confirmed = await confirmJoin(context, attempt.proven, held);
  if (!("joined" in confirmed)) return confirmed;
  const unforgotten = await member.forgetJoin();
  return unforgotten === null ? confirmed : { failure: unforgotten };
}

async function tryAgain(
  { world }: MemberContext,
  join: Join,
  { why, waiting }: { why: string; waiting: JoinWait },
): Promise<JoinEnd | "again"> {
  if (why === "") return "again";
  waiting.tries += 1;
  if (waiting.tries >= TRIES) return { failure: { name: "join-failed", what: join.do, why } };
  world.log(`${join.do} came to nothing (${waiting.tries} of ${TRIES}): ${why}`);
  await world.pause(LOOK_EVERY_MS * 2 ** waiting.tries * (0.5 + world.random()));
  return "again";
}
