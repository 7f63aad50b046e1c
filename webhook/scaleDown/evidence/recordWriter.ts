// Writes the record of a StatefulSet (docs/architecture.md#record): how many pods there were before all are stopped,
// and which members may join its ring again. It writes what the live StatefulSet says and never what a review says,
// since a caller that is not the API server could otherwise write any record. All other fields are kept. After a
// conflict it reads the record again.
import { setTimeout as pause } from "node:timers/promises";
import type { Lease } from "../../../init/contract/apiObjects.ts";
import {
  RECORD_ANNOTATION,
  RECORD_SCHEMA,
  recordLease,
  type WorkloadRecord,
} from "../../../init/contract/record.ts";
import type { Profile } from "../../profiles/profile.ts";
import { isInSpan, parseOrdinal, type Span } from "../ordinals.ts";
import type { GuardPorts, UnwrittenRecord } from "../reviewScaleDown.ts";
import { readSetState, type SetState } from "../setState.ts";
import type { KubeApi } from "./kubeApi.ts";
import { parseLease, recordIn } from "./leases.ts";
import { LastingError, toUnknownReason } from "./unknownReason.ts";

const TRIES = 5;

/** Long enough for the other writer to finish. */
const PAUSE_MS = 50;

/** The port that records the ordinals of a StatefulSet that is stopped. */
export function createRecorder(asks: KubeApi): GuardPorts["record"] {
  return (set, { profile }, deadline) =>
    attemptWrite(set, deadline, async (at) => {
      const live = await readLiveSet(asks, set, deadline);
      if (live.profile !== profile.name) {
        throw new Error(
          `StatefulSet ${set.namespace}/${set.name} selects ${live.profile === null ? "no profile" : `profile ${live.profile}`} now, not ${profile.name}`,
        );
      }
      const { ordinals } = live;
      if (ordinals.replicas === 0) return null;
      return write(asks, at, deadline, (record) => withCount(record, profile, ordinals));
    });
}

function withCount(record: WorkloadRecord | null, profile: Profile, ordinals: Span): WorkloadRecord | null {
  if (record === null) return withOrdinals(freshRecord(profile), ordinals);
  if (record.kind !== profile.kind) {
    throw new LastingError(
      `the record is of kind ${record.kind}, and profile ${profile.name} of kind ${profile.kind}; a record is never overwritten`,
      "Select a profile of that kind again, or use another name for the StatefulSet.",
    );
  }
  const { start, replicas } = record.ordinals ?? {};
  const isKept = start === ordinals.start && replicas === ordinals.replicas;
  return isKept ? null : withOrdinals(record, ordinals);
}

/**
 * The port that lets evicted members join again once a scale-down has removed their ordinal. Most record that in their
 * preStop; a pod that only waits for its readmission runs none. An ordinal that the live StatefulSet does not have was
 * removed.
 */
export function createReadmitter(asks: KubeApi): GuardPorts["readmit"] {
  return (set, pods, deadline) =>
    attemptWrite(set, deadline, async (at) => {
      // most scale-ups find no evicted member, and need not read the StatefulSet
      const found = await asks.lease(at, deadline);
      if (found === null || evictedIn(recordIn(parseLease(found)), pods).length === 0) return null;
      const { ordinals } = await readLiveSet(asks, set, deadline);
      const isOut = (pod: string): boolean => {
        const ordinal = parseOrdinal(pod, set.name);
        return ordinal !== null && !isInSpan(ordinals, ordinal);
      };
      const back = ordinals.replicas === 0 ? [] : pods.filter(isOut);
      return write(asks, at, deadline, (record) => withReadmitted(record, back));
    });
}

function evictedIn(
  record: WorkloadRecord | null,
  pods: readonly string[],
): [string, WorkloadRecord["tombstones"][string]][] {
  return Object.entries(record?.tombstones ?? {}).filter(
    ([pod, { finished }]) => !finished && pods.includes(pod),
  );
}

function withReadmitted(record: WorkloadRecord | null, pods: readonly string[]): WorkloadRecord | null {
  const out = evictedIn(record, pods);
  if (record === null || out.length === 0) return null;
  const again = Object.fromEntries(out.map(([pod, tombstone]) => [pod, { ...tombstone, finished: true }]));
  return { ...record, seq: record.seq + 1, tombstones: { ...record.tombstones, ...again } };
}

/** @returns null, or why it was not written */
async function attemptWrite(
  { namespace, name }: SetState,
  deadline: AbortSignal,
  attempt: (at: LeaseKey) => Promise<string | null>,
): Promise<UnwrittenRecord | null> {
  const at = { namespace, name: recordLease(name) };
  try {
    const why = await attempt(at);
    return why === null ? null : explainUnwritten(at, why);
  } catch (error) {
    return explainUnwritten(at, deadline.aborted ? "not written in time" : error);
  }
}

/** Why a record was not written, from an error of any kind. */
export function explainUnwritten({ namespace, name }: LeaseKey, error: unknown): UnwrittenRecord {
  const { unknown, ...remedy } = toUnknownReason(error);
  return { why: `Lease ${namespace}/${name}: ${unknown}`, ...remedy };
}

/** The new record; null: no change. */
type RecordEdit = (record: WorkloadRecord | null) => WorkloadRecord | null;

/** @returns null, or why it was not written. Rejects if that is unknown. */
async function write(
  asks: KubeApi,
  at: LeaseKey,
  deadline: AbortSignal,
  edit: RecordEdit,
): Promise<string | null> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    if (await tryToWrite(asks, at, deadline, edit)) return null;
    await pause(PAUSE_MS * tries, undefined, { signal: deadline });
  }
  return "conflicts with other writers at every attempt";
}

interface LeaseKey {
  readonly namespace: string;
  readonly name: string;
}

/** @returns false after a conflict */
async function tryToWrite(
  asks: KubeApi,
  at: LeaseKey,
  deadline: AbortSignal,
  edit: RecordEdit,
): Promise<boolean> {
  const found = await asks.lease(at, deadline);
  const lease = found === null ? null : parseLease(found);
  const record = edit(lease === null ? null : recordIn(lease));
  if (record === null) return true;
  if (lease !== null) return asks.replaceLease(at, withRecord(lease, record), deadline);
  const fresh = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { ...at, annotations: annotated(record) },
    spec: {},
  };
  return asks.createLease(at.namespace, fresh, deadline);
}

/** Keeps the fencing token: this write holds no lock. */
function withOrdinals(record: WorkloadRecord, { start, replicas }: Span): WorkloadRecord {
  return { ...record, seq: record.seq + 1, ordinals: { ...record.ordinals, start, replicas } };
}

function withRecord(lease: Lease, record: WorkloadRecord): Lease {
  const annotations = { ...lease.metadata.annotations, ...annotated(record) };
  return { ...lease, metadata: { ...lease.metadata, annotations } };
}

const annotated = (record: WorkloadRecord): { [key: string]: string } => ({
  [RECORD_ANNOTATION]: JSON.stringify(record),
});

/** As the runner creates one. */
function freshRecord({ kind, name, nodeId }: Profile): WorkloadRecord {
  return {
    schema: RECORD_SCHEMA,
    kind,
    profile: name,
    base: nodeId.base,
    seq: 0,
    fence: 0,
    drained: {},
    intents: {},
    tombstones: {},
  };
}

/**
 * Reads the live StatefulSet that a review is about.
 * @param said the StatefulSet of the review
 * @throws Error if it does not exist, has another uid, or cannot be read
 */
async function readLiveSet(asks: KubeApi, said: SetState, deadline: AbortSignal): Promise<SetState> {
  const { namespace, name } = said;
  const found = await asks.statefulSet({ namespace, name }, deadline);
  if (found === null) throw new Error(`StatefulSet ${namespace}/${name} does not exist`);
  const read = readSetState(found, namespace);
  if ("wrong" in read) throw new Error(`StatefulSet ${namespace}/${name} cannot be read: ${read.wrong}`);
  const { uid } = read.state.set.metadata;
  if (uid === undefined || uid !== said.set.metadata.uid || read.state.name !== name)
    throw new Error(`StatefulSet ${namespace}/${name} was recreated meanwhile (its uid differs)`);
  return read.state;
}
