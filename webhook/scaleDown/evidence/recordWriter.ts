// What the guard writes into a StatefulSet's record (docs/architecture.md#record): how many pods there were before all
// go, and who may join its ring again. What is written is what the live StatefulSet says, never what a review says of
// it: a caller who is not the API server could otherwise write any record. All else in the record and its Lease stays
// as it is, and whoever writes meanwhile wins: then it is read again.
import { setTimeout as pause } from "node:timers/promises";
import type { Lease } from "../../../init/contract/apiObjects.ts";
import { RECORD_ANNOTATION, RECORD_SCHEMA, type Record, recordLease } from "../../../init/contract/record.ts";
import type { Profile } from "../../profiles/profile.ts";
import { holds, ordinalIn, type Span } from "../ordinals.ts";
import type { GuardPorts } from "../reviewScaleDown.ts";
import { type SetState, stateOf } from "../setState.ts";
import type { Asks } from "./kubeApi.ts";
import { asLease, recordIn } from "./leases.ts";

const TRIES = 5;

/** Long enough for the other writer to be done. */
const PAUSE_MS = 50;

/** The port by which the guard keeps what it has to remember. */
export function recorder(asks: Asks): GuardPorts["record"] {
  return (set, { profile }, deadline) =>
    attemptWrite(set, deadline, async (at) => {
      const live = await readLiveSet(asks, set, deadline);
      if (live.profile !== profile.name) {
        throw new Error(
          `StatefulSet ${set.namespace}/${set.name} picks ${live.profile === null ? "no profile" : `profile ${live.profile}`} now, not ${profile.name}`,
        );
      }
      const { ordinals } = live;
      if (ordinals.replicas === 0) return null;
      return write(asks, at, deadline, (record) => withCount(record, profile, ordinals));
    });
}

function withCount(record: Record | null, profile: Profile, ordinals: Span): Record | null {
  if (record === null) return withOrdinals(freshRecord(profile), ordinals);
  if (record.kind !== profile.kind) {
    throw new Error(
      `its record is of kind ${record.kind}, and profile ${profile.name} of kind ${profile.kind}; it is never overwritten`,
    );
  }
  const { start, replicas } = record.ordinals ?? {};
  const isKept = start === ordinals.start && replicas === ordinals.replicas;
  return isKept ? null : withOrdinals(record, ordinals);
}

/**
 * The port by which those may join again who were evicted and have been out of the replicas since: most by their own preStop,
 * but a pod that only waits for its readmission runs none. Whoever is out of the replicas of the live set has been out.
 */
export function readmitter(asks: Asks): GuardPorts["readmit"] {
  return (set, pods, deadline) =>
    attemptWrite(set, deadline, async (at) => {
      // most scale-ups find nobody who was evicted: then the set need not be read
      const found = await asks.lease(at, deadline);
      if (found === null || evictedIn(recordIn(asLease(found)), pods).length === 0) return null;
      const { ordinals } = await readLiveSet(asks, set, deadline);
      const isOut = (pod: string): boolean => {
        const ordinal = ordinalIn(pod, set.name);
        return ordinal !== null && !holds(ordinals, ordinal);
      };
      const back = ordinals.replicas === 0 ? [] : pods.filter(isOut);
      return write(asks, at, deadline, (record) => withReadmitted(record, back));
    });
}

function evictedIn(record: Record | null, pods: readonly string[]): [string, Record["tombstones"][string]][] {
  return Object.entries(record?.tombstones ?? {}).filter(
    ([pod, { finished }]) => !finished && pods.includes(pod),
  );
}

function withReadmitted(record: Record | null, pods: readonly string[]): Record | null {
  const out = evictedIn(record, pods);
  if (record === null || out.length === 0) return null;
  const again = Object.fromEntries(out.map(([pod, tombstone]) => [pod, { ...tombstone, finished: true }]));
  return { ...record, seq: record.seq + 1, tombstones: { ...record.tombstones, ...again } };
}

/** @returns null, or why it could not be written */
async function attemptWrite(
  { namespace, name }: SetState,
  deadline: AbortSignal,
  attempt: (at: At) => Promise<string | null>,
): Promise<string | null> {
  const at = { namespace, name: recordLease(name) };
  const where = `Lease ${at.namespace}/${at.name}`;
  try {
    return await attempt(at);
  } catch (error) {
    if (deadline.aborted) return `${where}: it could not be written in time`;
    return `${where}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What the record shall be; null: as it is. */
type Edit = (record: Record | null) => Record | null;

/** @returns null, or why it was not written: rejects where that cannot be known */
async function write(asks: Asks, at: At, deadline: AbortSignal, edit: Edit): Promise<string | null> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    if (await tryToWrite(asks, at, deadline, edit)) return null;
    await pause(PAUSE_MS * tries, undefined, { signal: deadline });
  }
  return `Lease ${at.namespace}/${at.name}: others wrote it at every try`;
}

interface At {
  readonly namespace: string;
  readonly name: string;
}

/** @returns false where somebody else has written meanwhile */
async function tryToWrite(asks: Asks, at: At, deadline: AbortSignal, edit: Edit): Promise<boolean> {
  const found = await asks.lease(at, deadline);
  const lease = found === null ? null : asLease(found);
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

/** The fence stays: this needs no lock, and must not look as if it had held one. */
function withOrdinals(record: Record, { start, replicas }: Span): Record {
  return { ...record, seq: record.seq + 1, ordinals: { ...record.ordinals, start, replicas } };
}

function withRecord(lease: Lease, record: Record): Lease {
  const annotations = { ...lease.metadata.annotations, ...annotated(record) };
  return { ...lease, metadata: { ...lease.metadata, annotations } };
}

const annotated = (record: Record): { [key: string]: string } => ({
  [RECORD_ANNOTATION]: JSON.stringify(record),
});

/** As the runner begins one. */
function freshRecord({ kind, name, nodeId }: Profile): Record {
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
 * @throws Error where there is none, it is another one of that name (another uid), or it cannot be read
 */
async function readLiveSet(asks: Asks, said: SetState, deadline: AbortSignal): Promise<SetState> {
  const { namespace, name } = said;
  const found = await asks.statefulSet({ namespace, name }, deadline);
  if (found === null) throw new Error(`there is no StatefulSet ${namespace}/${name}`);
  const read = stateOf(found, namespace);
  if ("wrong" in read) throw new Error(`StatefulSet ${namespace}/${name} cannot be read: ${read.wrong}`);
  const { uid } = read.state.set.metadata;
  if (uid === undefined || uid !== said.set.metadata.uid || read.state.name !== name)
    throw new Error(`StatefulSet ${namespace}/${name} is another one by now (its uid differs)`);
  return read.state;
}
