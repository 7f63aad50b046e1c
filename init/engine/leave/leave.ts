// `leave`, the preStop of a pod, and `drain`, the same beforehand and by hand: they record the intent, run the plan's
// leave command, verify it, and record a tombstone. Both are idempotent.
import { formatPolicyName, type Plan, type PlanStep } from "../../contract/plan.ts";
import type { WorkloadRecord } from "../../contract/record.ts";
import { describeCommands, type Failure, type LeaveKind } from "../failure.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import { prepareLock } from "../lock/open.ts";
import { withLock } from "../lock/withLock.ts";
import type { AskApi, World } from "../ports.ts";
import { withoutIntent } from "../record/departures.ts";
import { openRecord, type RecordStore } from "../record/recordStore.ts";
import { doStepWithRetries, type StepFailure } from "../step.ts";
import { hedge, retry } from "../wait.ts";
import { checkOrdinal, type OrdinalStatus } from "./ordinalStatus.ts";

/**
 * done: the pod has left; stays: it does not have to leave, and nothing was done; isRestart: the pod will be recreated;
 * isKnown false: the API server could not be queried; isOutage: a retry may succeed once the API server or S3 answers
 */
export type LeaveOutcome =
  | { is: "done"; evidence: string }
  | { is: "stays"; why: string; isRestart?: boolean; isKnown?: boolean }
  | { is: "failed"; failure: Failure; isOutage?: boolean };

/** How a pod leaves, if that takes more than the plan's command. */
export interface LeaveProcedure {
  /** before the lock is taken: waits for this pod's turn; resolves with a failure if it gives up */
  awaitTurn(): Promise<Failure | null>;
  /** under the lock; stays: leaving became unnecessary before anything was done */
  carryOut(lease: LeaseHandle): Promise<LeaveProof | { failure: Failure } | { stays: string }>;
  /** how long to wait for the lock */
  patienceMs: number;
  /** called before a pod stops that will be recreated */
  beforeRestart(): Promise<void>;
}

interface LeaveProof {
  evidence: string;
  /** further changes of the record beside the tombstone */
  edit?: (record: WorkloadRecord) => WorkloadRecord;
}

/** An upper bound: terminationGracePeriodSeconds usually ends the wait sooner. */
const PATIENCE_MS = 60 * 60_000;
const RETRIES = 3;
/** How long to retry while the API server does not answer. A ring's member has a longer grace period, so more time. */
const API_RETRY_MS = 3_000;
const RING_API_RETRY_MS = 20_000;
/** A request without an answer by then may be lost, so a second one is sent. */
const HEDGE_AFTER_MS = 4_000;

/** @param procedure null: the plan's leave command */
export async function leave(
  plan: Plan,
  world: World,
  procedure: LeaveProcedure | null = null,
): Promise<LeaveOutcome> {
  const outcome = await leaveOrDrain(plan, world, { how: "leave", procedure });
  if (outcome.is === "stays" && outcome.isRestart === true) await procedure?.beforeRestart();
  return outcome;
}

/** For scaleDown.policy Drained: an administrator drains each pod before it is removed. */
export async function drain(plan: Plan, world: World): Promise<LeaveOutcome> {
  return leaveOrDrain(plan, world, { how: "drain", procedure: null });
}

interface LeaveContext {
  plan: Plan;
  world: World;
  records: RecordStore;
  askApi: AskApi;
  how: "leave" | "drain";
  procedure: LeaveProcedure | null;
}

async function leaveOrDrain(
  plan: Plan,
  world: World,
  { how, procedure }: Pick<LeaveContext, "how" | "procedure">,
): Promise<LeaveOutcome> {
  const { askApi } = world;
  if (askApi === null) {
    const why = `scaleDown.policy of profile ${plan.identity.profile} is ${formatPolicyName(plan.drop)}: pods do not have to ${how}`;
    return how === "drain" ? fail({ name: "invalid-plan", why }) : { is: "stays", why };
  }
  const records = openRecord(plan, askApi, world);
  const context: LeaveContext = { plan, world, records, askApi, how, procedure };
  const stayReason = await findStayReason(context);
  if (stayReason !== null) return { is: "stays", ...stayReason };
  if (plan.ring !== undefined && procedure === null) return fail(buildLeaveFailure(context, STILL_IN_RING));
  const before = await recordIntent(context);
  if ("is" in before) return before;
  const notNow = (await procedure?.awaitTurn()) ?? null;
  if (notNow !== null) return fail(notNow);
  const began = world.monotonic();
  const result = await withLock(
    {
      plan,
      world,
      open: prepareLock(plan, world),
      what: how,
      began,
      deadline: began + getPatience(procedure),
      lastFence: before.fence,
      reentrantInPod: true,
      isStillWanted: async () => true,
      during: getLeaveKind(context),
    },
    (lease) => leaveUnderLock(context, lease),
  );
  if (result === "not-wanted") return { is: "stays", why: "leaving is no longer necessary" };
  if ("is" in result) return result;
  const isStopped = result.failure.name === "stopped";
  return failByOutage(isStopped ? buildLeaveFailure(context, STOPPED) : result.failure);
}

const getPatience = (procedure: LeaveProcedure | null): number => procedure?.patienceMs ?? PATIENCE_MS;

/**
 * Retries, because one lost answer must not turn a leave into a restart, but only briefly, because a restart must not
 * be delayed.
 */
async function findStayReason(context: LeaveContext): Promise<StayReason | null> {
  const { world, plan } = context;
  const until = world.monotonic() + (plan.ring === undefined ? API_RETRY_MS : RING_API_RETRY_MS);
  // a hanging request is hedged by a second one, since it may be merely slow
  let attempts = 0;
  const askUntil = (over: AbortSignal): Promise<StayReason | null> => {
    attempts += 1;
    return findStayReasonOnce({
      ...context,
      askApi: (request) => context.askApi({ ...request, until: over }),
    });
  };
  const isTransient = (stayReason: StayReason | null): boolean => stayReason?.isTransient === true;
  const ask = () => hedge(world, HEDGE_AFTER_MS, askUntil, isTransient);
  const isOver = (): boolean => world.stop.aborted || (attempts > 1 && world.monotonic() >= until);
  return retry(world, ask, { isTransient, isOver });
}

type StayReason = Omit<Extract<OrdinalStatus, { isRemoved: false }>, "isRemoved">;

/** A drain is requested explicitly; whether to leave depends on the StatefulSet. */
async function findStayReasonOnce({ plan, askApi, how }: LeaveContext): Promise<StayReason | null> {
  if (how === "drain") return null;
  const status = await checkOrdinal(plan, askApi);
  if (status.isRemoved) return null;
  const { isRemoved: _, ...reason } = status;
  return reason;
}

/** Records the intent before anything is done. A pod that has already left is not asked to leave twice. */
async function recordIntent(context: LeaveContext): Promise<LeaveOutcome | { fence: number }> {
  const { plan, world, records, how } = context;
  const { pod } = plan.identity;
  const { podUid } = world;
  const read = await records.read();
  if ("failure" in read) return failByOutage(read.failure);
  const done = how === "drain" ? read.record.drained[pod] : read.record.tombstones[pod];
  if (done?.podUid === podUid && podUid !== "") return { is: "done", evidence: `recorded at ${done.at}` };
  const at = world.now().toISOString();
  const changed = await records.change(null, (record) => ({
    ...record,
    intents: { ...record.intents, [pod]: { podUid, at } },
  }));
  return "record" in changed ? { fence: changed.record.fence } : toWriteFailure(context, changed);
}

/** Checks again under the lock, because the StatefulSet may have been scaled up. */
async function leaveUnderLock(context: LeaveContext, lease: LeaseHandle): Promise<LeaveOutcome> {
  const { plan, world, records, how } = context;
  const { pod } = plan.identity;
  const stayReason = await findStayReason(context);
  if (stayReason?.isKnown === false) return failByOutage(buildLeaveFailure(context, stayReason.why));
  if (stayReason !== null) return stay(context, lease, stayReason.why);
  const done = await carryOut(context, lease);
  if (lease.lost.aborted) return failByOutage(buildLeaveFailure(context, LOST));
  if ("failure" in done) return fail(done.failure);
  if ("stays" in done) return stay(context, lease, done.stays);
  const at = world.now().toISOString();
  const { podUid } = world;
  const written = await records.change(lease.fence, (record) => {
    const rest = withoutIntent(done.edit?.(record) ?? record, pod);
    return how === "drain"
      ? { ...rest, drained: { ...rest.drained, [pod]: { podUid, at } } }
      : { ...rest, tombstones: { ...rest.tombstones, [pod]: { podUid, at, finished: true } } };
  });
  return "record" in written ? { is: "done", evidence: done.evidence } : toWriteFailure(context, written);
}

async function stay({ plan, records }: LeaveContext, lease: LeaseHandle, why: string): Promise<LeaveOutcome> {
  await records.change(lease.fence, (record) => withoutIntent(record, plan.identity.pod));
  return { is: "stays", why };
}

async function carryOut(context: LeaveContext, lease: LeaseHandle): ReturnType<LeaveProcedure["carryOut"]> {
  const { plan, world, how, procedure } = context;
  if (procedure !== null) return procedure.carryOut(lease);
  if (plan.leave === null) return { evidence: "the profile has no leave command" };
  const onLine = (line: string): void => world.log(`[${how}] ${line}`);
  const explain = (failure: StepFailure): string =>
    failure.name === "stopped" ? STOPPED : describeCommands(failure);
  const done = await doStepWithRetries(toStep(plan.leave, how), world, onLine, {
    abort: lease.lost,
    describeFailure: (failure) => `${how}: ${explain(failure)}`,
  });
  return "failure" in done ? { failure: buildLeaveFailure(context, explain(done.failure)) } : done;
}

function getLeaveKind({ plan, how }: Pick<LeaveContext, "plan" | "how">): LeaveKind {
  if (plan.ring !== undefined) return "ring";
  return how === "drain" ? "drain" : "preStop";
}

const buildLeaveFailure = (context: Pick<LeaveContext, "plan" | "how">, why: string): Failure => ({
  name: "leave-failed",
  why,
  kind: getLeaveKind(context),
});

const toWriteFailure = (
  context: LeaveContext,
  changed: { fenced: number } | { failure: Failure },
): LeaveOutcome => failByOutage("failure" in changed ? changed.failure : buildLeaveFailure(context, LOST));

function toStep({ run, verify, timeoutSeconds }: NonNullable<Plan["leave"]>, name: string): PlanStep {
  return { name, scope: "pod", run, verify, timeoutSeconds, retries: RETRIES };
}

/** With the tombstone of a member that is in its ring the webhook would allow its removal. */
const STILL_IN_RING =
  "a member of a ring cannot be drained: it leaves by itself when its ordinal is removed, and stays in the ring until then";

const fail = (failure: Failure): LeaveOutcome => ({ is: "failed", failure });

const failByOutage = (failure: Failure): LeaveOutcome => ({ is: "failed", failure, isOutage: true });

const LOST = "the lock was lost before the leave was verified";
const STOPPED = "the runner was stopped before the leave was verified";
