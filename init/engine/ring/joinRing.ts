// Makes a member of a ring ready to be started by the application's container: observes, decides, and acts or waits
// (docs/research/ozone.md#static-superset).
import type { Plan } from "../../contract/plan.ts";
import type { Failure } from "../failure.ts";
import { checkOrdinal, type OrdinalStatus } from "../leave/ordinalStatus.ts";
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
import { type ObstacleFinding, withObstacle } from "./joinObstacle.ts";
import type { JoiningMember, MemberContext, MemberObservation } from "./member.ts";
import { checkMarkable, type JoinKind, unmarkMember } from "./memberMarker.ts";
import type { Observation } from "./observation.ts";
import { observeMember, type RunMemory } from "./observeMember.ts";
import { withRingObstacle } from "./ringRecord.ts";

const POLL_INTERVAL_MS = 2_000;
/** Failed joins before the container exits and is restarted. */
const MAX_ATTEMPTS = 4;
const KEPT_LINES = 20;

/**
 * Makes this pod's member ready to be started, or reports why it must not start.
 * @param openMember what the kind supplies
 */
export async function joinRing<Disk>(
  plan: Plan,
  world: RingWorld,
  openMember: (context: MemberContext) => JoiningMember<Disk>,
): Promise<RunOutcome> {
  const { pod, nodeId } = plan.identity;
  const lastLines: string[] = [];
  const report: StepReport = { name: "member", did: "waiting", seconds: 0 };
  const began = world.monotonic();
  const context = await openContext(plan, world, (line) => {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
  });
  const ended =
    "failure" in context ? context : await runJoinLoop({ context, member: openMember(context) }, began);
  report.seconds = (world.monotonic() - began) / 1000;
  if ("failure" in ended) {
    report.did = "failed";
    return { failure: ended.failure, report: { pod, nodeId, steps: [report], lastLines } };
  }
  report.name = ended.as ?? "start from its own disk";
  report.did = ended.did;
  return { failure: null, report: { pod, nodeId, steps: [report], lastLines: [] } };
}

async function openContext(
  plan: Plan,
  world: RingWorld,
  keep: MemberContext["keep"],
): Promise<MemberContext | { failure: Failure }> {
  const { askApi } = world;
  if (askApi === null) {
    return { failure: { name: "invalid-plan", why: "the plan of a ring has no API server settings" } };
  }
  const records = openRecord(plan, askApi, world);
  const stores = openStores(plan, world);
  const before = await readBefore(plan, stores, world);
  if ("failure" in before) return before;
  const isMarked = before.steps.length > 0 || [...before.doubtful.values()].some(({ length }) => length > 0);
  const me = plan.identity.pod;
  const corrupt = new Set(before.corrupt);
  return { plan, me, world, askApi, records, stores, marked: before.steps, isMarked, corrupt, keep };
}

type JoinEnd = { as: string | null; did: "ran" | "skipped" } | { failure: Failure };

interface JoinContext<Disk> {
  readonly context: MemberContext;
  readonly member: JoiningMember<Disk>;
}

async function runJoinLoop<Disk>(joining: JoinContext<Disk>, began: number): Promise<JoinEnd> {
  const { world } = joining.context;
  const memory: RunMemory = { leaderlessSince: null };
  const deadline = began + joining.member.waitSeconds * 1000;
  const waiting: JoinWait = { began, deadline, lastLogged: "", attempts: 0 };
  for (;;) {
    if (world.stop.aborted) return { failure: { name: "stopped", step: null } };
    const current = await decideNow(joining, memory);
    if ("failure" in current) return current;
    const ended = await applyDecision(joining, current, { memory, waiting });
    if (ended !== "again") return ended;
  }
}

interface JoinWait {
  readonly began: number;
  /** monotonic milliseconds */
  readonly deadline: number;
  lastLogged: string;
  /** failed joins */
  attempts: number;
}

interface JoinState<Disk> {
  readonly observation: MemberObservation<Disk>;
  readonly decision: JoinDecision;
  readonly fence: number;
}

/** Observes and decides. A bootstrap waits while the leader reports an obstacle, or does not answer yet. */
async function decideNow<Disk>(
  joining: JoinContext<Disk>,
  memory: RunMemory,
): Promise<JoinState<Disk> | { failure: Failure }> {
  const current = await decideByObservation(joining, memory);
  if ("failure" in current || current.decision.do !== "bootstrap") return current;
  const { context, member } = joining;
  const { observation } = current;
  const finding = await member.findObstacle(observation, { isJoining: true });
  await recordObstacle(context, observation, finding);
  if (finding.is === "unanswered") return { ...current, decision: { do: "wait", for: finding.waitsFor } };
  if (finding.is !== "obstacle" || finding.obstacle.waitsFor === null) return current;
  return { ...current, decision: { do: "wait", for: finding.obstacle.waitsFor } };
}

/** It is for warnings only, so a record that cannot be written now does not end the wait. */
async function recordObstacle(
  { records, me, world }: MemberContext,
  { record }: Observation,
  finding: ObstacleFinding,
): Promise<void> {
  const writer = { pod: me, at: world.now().toISOString() };
  const isNew = record.ring !== undefined && withObstacle(record.ring, finding, writer) !== record.ring;
  if (isNew) await records.change(null, (now) => withRingObstacle(now, finding, writer));
}

/**
 * Whether the ordinal is wanted is checked only before a join. Without an answer of the API server only a member that
 * the leader has already added continues.
 */
async function decideByObservation<Disk>(
  { context, member }: JoinContext<Disk>,
  memory: RunMemory,
): Promise<JoinState<Disk> | { failure: Failure }> {
  const current = await observeMember(context, member, memory);
  if ("failure" in current) return current;
  const { observation, fence } = current;
  const decision = member.decide(observation);
  if (!isJoin(decision) && !mayJoinAboveStart(observation, member)) return { observation, decision, fence };
  const status = await checkOrdinal(context.plan, context.askApi);
  if (!isJoin(decision))
    return decideAboveStart({ observation, decision, fence }, status, { context, member });
  if (!status.isRemoved && (status.isRestart || decision.do === "finish"))
    return { observation, decision, fence };
  const { ordinal } = context.plan;
  if (!status.isRemoved && !status.isKnown)
    return {
      observation,
      decision: { do: "wait", for: `the API server to confirm ordinal ${ordinal}: ${status.why}` },
      fence,
    };
  const whyUnwanted = status.isRemoved ? `the StatefulSet no longer has ordinal ${ordinal}` : status.why;
  const unwanted = { ...observation, whyUnwanted };
  return { observation: unwanted, decision: member.decide(unwanted), fence };
}

/**
 * Whether this member would join if the lower ordinals had no pods, as with spec.ordinals.start. It spares the API server
 * the question wherever the answer would not matter.
 */
function mayJoinAboveStart<Disk>(observation: MemberObservation<Disk>, member: JoiningMember<Disk>): boolean {
  const { me, possibleMembers, live } = observation;
  const belowStart = possibleMembers.slice(0, possibleMembers.indexOf(me));
  const [lowest] = belowStart;
  const running = live.is === "led" ? live.ring.members.map(({ id }) => id) : live.reachable;
  // with the lowest one no ordinal is below the start
  if (lowest === undefined || running.includes(lowest)) return false;
  return isJoin(member.decide({ ...observation, belowStart }));
}

/** Decides without the members below spec.ordinals.start. Without an answer of the API server it keeps its decision. */
function decideAboveStart<Disk>(
  state: JoinState<Disk>,
  status: OrdinalStatus,
  { context, member }: JoinContext<Disk>,
): JoinState<Disk> {
  const start = status.wanted?.start ?? 0;
  if (status.isRemoved || start === 0) return state;
  const { possibleMembers, me } = state.observation;
  // a member's place in the list is its distance to this one, which is never below the first ordinal
  const first = possibleMembers.indexOf(me) - (context.plan.ordinal - start);
  const observation = { ...state.observation, belowStart: possibleMembers.slice(0, Math.max(0, first)) };
  return { ...state, observation, decision: member.decide(observation) };
}

async function applyDecision<Disk>(
  joining: JoinContext<Disk>,
  { observation, decision, fence }: JoinState<Disk>,
  { memory, waiting }: { memory: RunMemory; waiting: JoinWait },
): Promise<JoinEnd | "again"> {
  const { context, member } = joining;
  switch (decision.do) {
    case "start": {
      const state = member.identifyState(observation.disk);
      const finding =
        decision.by === "ring"
          ? await member.findObstacle(observation, { isJoining: false })
          : ({ is: "unknown" } as const);
      const started = await confirmStart(context, { observation, by: decision.by, state, finding });
      if (started === "again") return "again";
      return "failure" in started ? started : { as: started.marked, did: "skipped" };
    }
    case "fatal":
      return { failure: { name: "ring-mismatch", why: decision.why } };
    case "state-lost":
      return {
        failure: {
          name: "state-lost",
          why: decision.why,
          recoveryCommands: member.listRecoveryCommands(observation),
        },
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
  if (waiting.lastLogged !== what) world.log(`${me} waits for ${what}`);
  waiting.lastLogged = what;
  if (world.monotonic() >= waiting.deadline) {
    return { failure: describeTimeout({ what: me, began: waiting.began, world }, what) };
  }
  await world.pause(POLL_INTERVAL_MS * (0.75 + world.random() / 2));
  return "again";
}

/** One change of membership at a time (I7 in docs/architecture.md). The decision is made again under the lock. */
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
        const current = await decideNow(joining, memory);
        return "failure" in current || current.decision.do === join.do;
      },
    },
    async (lease): Promise<JoinResult> => {
      const current = await decideNow(joining, memory);
      if ("failure" in current) return current;
      if (!isJoin(current.decision)) return { again: "" };
      return carryOut(joining, current.decision, { observation: current.observation, lease });
    },
  );
  if (result === "not-wanted") return "again";
  if ("failure" in result) return result;
  if ("joined" in result) return { as: result.joined, did: "ran" };
  return retryJoin(joining.context, join, { why: result.again, waiting });
}

type JoinResult = { joined: JoinKind } | { again: string } | { failure: Failure };

/** @param observation the observation under the lock on which the join was decided */
async function carryOut<Disk>(
  { context, member }: JoinContext<Disk>,
  join: Join,
  { observation, lease }: { observation: MemberObservation<Disk>; lease: LeaseHandle },
): Promise<JoinResult> {
  const failure =
    (await checkMarkable(context)) ??
    (join.do === "seed" ? await recordSeed(context, lease) : null) ??
    (await unmarkMember(context));
  if (failure !== null) return typeof failure === "string" ? { again: failure } : { failure };
  const attempt = await member.join(join, { observation, lease });
  if (!("proven" in attempt)) return attempt;
  const confirmed = await confirmJoin(context, attempt.proven, lease);
  if (!("joined" in confirmed)) return confirmed;
  const unforgotten = await member.forgetJoin();
  return unforgotten === null ? confirmed : { failure: unforgotten };
}

async function retryJoin(
  { world }: MemberContext,
  join: Join,
  { why, waiting }: { why: string; waiting: JoinWait },
): Promise<JoinEnd | "again"> {
  if (why === "") return "again";
  waiting.attempts += 1;
  if (waiting.attempts >= MAX_ATTEMPTS) return { failure: { name: "join-failed", what: join.do, why } };
  world.log(`${join.do} failed (attempt ${waiting.attempts} of ${MAX_ATTEMPTS}): ${why}`);
  await world.pause(POLL_INTERVAL_MS * 2 ** waiting.attempts * (0.5 + world.random()));
  return "again";
}
