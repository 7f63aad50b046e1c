// `leave`, the preStop of a pod whose ordinal may be going, and `drain`, the same beforehand: intent, the plan's leave,
// its proof, tombstone. Both may be called again and again.
import { formatPolicyName, type Plan, type PlanStep } from "../../contract/plan.ts";
import type { WorkloadRecord } from "../../contract/record.ts";
import type { Failure } from "../failure.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import { prepareLock } from "../lock/open.ts";
import { withLock } from "../lock/withLock.ts";
import type { AskApi, World } from "../ports.ts";
import { withoutIntent } from "../record/departures.ts";
import { openRecord, type RecordStore } from "../record/recordStore.ts";
import { doStepWithRetries } from "../step.ts";
import { hedge, retry } from "../wait.ts";
import { checkOrdinal, type OrdinalStatus } from "./ordinalStatus.ts";

/**
 * done: the pod has left; stays: it was not to leave, and nothing was done; isRestart: it will be there again; isKnown
 * false: nobody could be asked; isOutage: it may succeed once API server or S3 answer again
 */
export type LeaveOutcome =
  | { is: "done"; evidence: string }
  | { is: "stays"; why: string; isRestart?: boolean; isKnown?: boolean }
  | { is: "failed"; failure: Failure; isOutage?: boolean };

/** What a pod does to be gone, where that is more than the plan's command. */
export interface LeaveProcedure {
  /** before the lock is taken: resolves once it is this pod's turn, or with why it never will be */
  turn(): Promise<Failure | null>;
  /** under the lock; stays: it was no longer wanted when nothing was done yet */
  carryOut(held: LeaseHandle): Promise<LeaveProof | { failure: Failure } | { stays: string }>;
  /** how long the lock is waited for */
  patienceMs: number;
  /** before a pod stops that will be there again */
  restart(): Promise<void>;
}

interface LeaveProof {
  evidence: string;
  /** what the record says beside the tombstone */
  edit?: (record: WorkloadRecord) => WorkloadRecord;
}

/** The kubelet ends it sooner: terminationGracePeriodSeconds. */
const PATIENCE_MS = 60 * 60_000;
const RETRIES = 3;
/** Milliseconds that an API server which gives no answer is asked for; a ring's member has more, by the grace period it is given. */
const ASKS_MS = 3_000;
const RING_ASKS_MS = 20_000;
/** One that has not come by then may be lost. */
const ANSWER_MS = 4_000;

/** @param way null: the plan's leave command */
export async function leave(
  plan: Plan,
  world: World,
  way: LeaveProcedure | null = null,
): Promise<LeaveOutcome> {
  const left = await leaveOrDrain(plan, world, { how: "leave", way });
  if (left.is === "stays" && left.isRestart === true) await way?.restart();
  return left;
}

/** For scaleDown.policy Drained: whoever wants to scale down asks each going pod to drain first. */
export async function drain(plan: Plan, world: World): Promise<LeaveOutcome> {
  return leaveOrDrain(plan, world, { how: "drain", way: null });
}

interface LeaveContext {
  plan: Plan;
  world: World;
  book: RecordStore;
  askApi: AskApi;
  how: "leave" | "drain";
  way: LeaveProcedure | null;
}

async function leaveOrDrain(
  plan: Plan,
  world: World,
  { how, way }: Pick<LeaveContext, "how" | "way">,
): Promise<LeaveOutcome> {
  const { askApi } = world;
  if (askApi === null) {
    const why = `scaleDown.policy of profile ${plan.identity.profile} is ${formatPolicyName(plan.drop)}: no pod has to ${how}`;
    return how === "drain" ? failed({ name: "invalid-plan", why }) : { is: "stays", why };
  }
  const records = openRecord(plan, askApi, world);
  const going: LeaveContext = { plan, world, book: records, askApi, how, way };
  const asked = await whyStays(going);
  if (asked !== null) return { is: "stays", ...asked };
  if (plan.ring !== undefined && way === null) return failed({ name: "leave-failed", why: STILL_IN_RING });
  const before = await announce(going);
  if ("is" in before) return before;
  const notNow = (await way?.turn()) ?? null;
  if (notNow !== null) return failed(notNow);
  const began = world.monotonic();
  const result = await withLock(
    {
      plan,
      world,
      open: prepareLock(plan, world),
      what: how,
      began,
      deadline: began + getPatience(way),
      lastFence: before.fence,
      reentrantInPod: true,
      isStillWanted: async () => true,
    },
    (held) => leaveUnderLock(going, held),
  );
  if (result === "not-wanted") return { is: "stays", why: "it was no longer wanted" };
  return "is" in result ? result : outage(result.failure);
}

const getPatience = (way: LeaveProcedure | null): number => way?.patienceMs ?? PATIENCE_MS;

/** One answer that was lost must not make a restart of a leave, and a restart must not wait for long. */
async function whyStays(going: LeaveContext): Promise<NotGoing | null> {
  const { world, plan } = going;
  const until = world.monotonic() + (plan.ring === undefined ? ASKS_MS : RING_ASKS_MS);
  // one that hangs is asked once more beside it, since the other may be just slow
  let asks = 0;
  const askUntil = (over: AbortSignal): Promise<NotGoing | null> => {
    asks += 1;
    return whyStaysNow({ ...going, askApi: (asked) => going.askApi({ ...asked, until: over }) });
  };
  const isTransient = (asked: NotGoing | null): boolean => asked?.isPassing === true;
  const ask = () => hedge(world, ANSWER_MS, askUntil, isTransient);
  const isOver = (): boolean => world.stop.aborted || (asks > 1 && world.monotonic() >= until);
  return retry(world, ask, { isTransient, isOver });
}

type NotGoing = Omit<Extract<OrdinalStatus, { going: false }>, "going">;

/** Whoever drains a pod says so himself; a leave is what the StatefulSet says. */
async function whyStaysNow({ plan, askApi, how }: LeaveContext): Promise<NotGoing | null> {
  if (how === "drain") return null;
  const asked = await checkOrdinal(plan, askApi);
  if (asked.going) return null;
  const { going, ...rest } = asked;
  return rest;
}

/** Writes the intent before anything is done; what this very pod has done before is not done again. */
async function announce({ plan, world, book, how }: LeaveContext): Promise<LeaveOutcome | { fence: number }> {
  const { pod } = plan.identity;
  const { podUid } = world;
  const read = await book.read();
  if ("failure" in read) return outage(read.failure);
  const done = how === "drain" ? read.record.drained[pod] : read.record.tombstones[pod];
  if (done?.podUid === podUid && podUid !== "") return { is: "done", evidence: `recorded at ${done.at}` };
  const at = world.now().toISOString();
  const changed = await book.change(null, (record) => ({
    ...record,
    intents: { ...record.intents, [pod]: { podUid, at } },
  }));
  return "record" in changed ? { fence: changed.record.fence } : notWritten(changed);
}

/** Asked again under the lock: a scale-up may have come meanwhile. */
async function leaveUnderLock(going: LeaveContext, held: LeaseHandle): Promise<LeaveOutcome> {
  const { plan, world, book, how } = going;
  const { pod } = plan.identity;
  const asked = await whyStays(going);
  if (asked?.isKnown === false) return outage({ name: "leave-failed", why: asked.why });
  if (asked !== null) return stay(going, held, asked.why);
  const done = await carryOut(going, held);
  if (held.lost.aborted) return outage(LOST);
  if ("failure" in done) return failed(done.failure);
  if ("stays" in done) return stay(going, held, done.stays);
  const at = world.now().toISOString();
  const { podUid } = world;
  const written = await book.change(held.fence, (record) => {
    const rest = withoutIntent(done.edit?.(record) ?? record, pod);
    return how === "drain"
      ? { ...rest, drained: { ...rest.drained, [pod]: { podUid, at } } }
      : { ...rest, tombstones: { ...rest.tombstones, [pod]: { podUid, at, finished: true } } };
  });
  return "record" in written ? { is: "done", evidence: done.evidence } : notWritten(written);
}

async function stay({ plan, book }: LeaveContext, held: LeaseHandle, why: string): Promise<LeaveOutcome> {
  await book.change(held.fence, (record) => withoutIntent(record, plan.identity.pod));
  return { is: "stays", why };
}

async function carryOut(
  { plan, world, how, way }: LeaveContext,
  held: LeaseHandle,
): ReturnType<LeaveProcedure["carryOut"]> {
  if (way !== null) return way.carryOut(held);
  if (plan.leave === null) return { evidence: "the profile has no leave command" };
  const onLine = (line: string): void => world.log(`[${how}] ${line}`);
  return doStepWithRetries(asStep(plan.leave, how), world, onLine, held.lost);
}

const notWritten = (changed: { fenced: number } | { failure: Failure }): LeaveOutcome =>
  outage("failure" in changed ? changed.failure : LOST);

function asStep({ run, verify, timeoutSeconds }: NonNullable<Plan["leave"]>, name: string): PlanStep {
  return { name, scope: "pod", run, verify, timeoutSeconds, retries: RETRIES };
}

/** A tombstone of a member that is in its ring would let the guard drop it. */
const STILL_IN_RING =
  "a member of a ring is not drained: it leaves by itself when its ordinal goes, and stays in the ring until then";

const failed = (failure: Failure): LeaveOutcome => ({ is: "failed", failure });

const outage = (failure: Failure): LeaveOutcome => ({ is: "failed", failure, isOutage: true });

const LOST: Failure = {
  name: "leave-failed",
  why: "the lock was lost before the leave was proven; drain can be called again",
};
