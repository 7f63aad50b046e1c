// What the guard writes into a StatefulSet's record (DESIGN: contracts, Record): how many pods there were before all go, and
// who may join its ring again. All else in the record and its Lease stays as it is, and whoever writes meanwhile wins: then it
// is read again.
import { setTimeout as pause } from "node:timers/promises";
import { RECORD_ANNOTATION, RECORD_SCHEMA, type Record, recordLease } from "../../init/contract/record.ts";
import type { Span } from "../guard/ordinals.ts";
import type { GuardPorts } from "../guard/review.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Asks } from "./asks.ts";
import { asLease, type Lease, recordIn } from "./leases.ts";

const TRIES = 5;

/** Long enough for the other writer to be done. */
const PAUSE_MS = 50;

/** The port by which the guard keeps what it has to remember. */
export function recorder(asks: Asks): GuardPorts["record"] {
  return ({ namespace, name }, { profile }, ordinals, deadline) =>
    write(asks, { namespace, name: recordLease(name) }, deadline, (record) => {
      if (record === null) return withOrdinals(freshRecord(profile), ordinals);
      if (record.kind !== profile.kind) {
        throw new Error(
          `its record is of kind ${record.kind}, and profile ${profile.name} of kind ${profile.kind}; it is never overwritten`,
        );
      }
      const { start, replicas } = record.ordinals ?? {};
      const isKept = start === ordinals.start && replicas === ordinals.replicas;
      return isKept ? null : withOrdinals(record, ordinals);
    });
}

/**
 * The port by which those may join again who were evicted and have been out of the replicas since: most by their own preStop,
 * but a pod that only waits for its readmission runs none.
 */
export function readmitter(asks: Asks): GuardPorts["readmit"] {
  return ({ namespace, name }, pods, deadline) =>
    write(asks, { namespace, name: recordLease(name) }, deadline, (record) => {
      const out = Object.entries(record?.tombstones ?? {}).filter(
        ([pod, { finished }]) => !finished && pods.includes(pod),
      );
      if (record === null || out.length === 0) return null;
      const again = Object.fromEntries(
        out.map(([pod, tombstone]) => [pod, { ...tombstone, finished: true }]),
      );
      return { ...record, seq: record.seq + 1, tombstones: { ...record.tombstones, ...again } };
    });
}

/** What the record shall be; null: as it is. */
type Edit = (record: Record | null) => Record | null;

/** @returns null, or why it could not be written */
async function write(asks: Asks, at: At, deadline: AbortSignal, edit: Edit): Promise<string | null> {
  const where = `Lease ${at.namespace}/${at.name}`;
  try {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      if (await tryToWrite(asks, at, deadline, edit)) return null;
      await pause(PAUSE_MS * tries, undefined, { signal: deadline });
    }
    return `${where}: others wrote it at every try`;
  } catch (error) {
    if (deadline.aborted) return `${where}: it could not be written in time`;
    return `${where}: ${error instanceof Error ? error.message : String(error)}`;
  }
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
