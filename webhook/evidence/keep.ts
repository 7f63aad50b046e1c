// Writes into a StatefulSet's record how many pods there were before all go (DESIGN: contracts, Record). All else in the
// record and its Lease stays as it is, and whoever writes meanwhile wins: then it is read again.
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
  return async ({ namespace, name }, { profile }, ordinals, deadline) => {
    const at = { namespace, name: recordLease(name) };
    const where = `Lease ${namespace}/${at.name}`;
    try {
      const kept = await tryToKeep(asks, { at, profile, ordinals, deadline });
      return kept ? null : `${where}: others wrote it at every try`;
    } catch (error) {
      if (deadline.aborted) return `${where}: it could not be written in time`;
      return `${where}: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
}

async function tryToKeep(asks: Asks, keeping: Keeping): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    if (await keep(asks, keeping)) return true;
    await pause(PAUSE_MS * tries, undefined, { signal: keeping.deadline });
  }
  return false;
}

interface Keeping {
  readonly at: { readonly namespace: string; readonly name: string };
  readonly profile: Profile;
  readonly ordinals: Span;
  readonly deadline: AbortSignal;
}

/** One try. @returns false where somebody else has written meanwhile */
async function keep(asks: Asks, { at, profile, ordinals, deadline }: Keeping): Promise<boolean> {
  const found = await asks.lease(at, deadline);
  if (found === null) {
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { ...at, annotations: annotated(withOrdinals(freshRecord(profile), ordinals)) },
      spec: {},
    };
    return asks.createLease(at.namespace, lease, deadline);
  }
  const lease = asLease(found);
  const record = recordIn(lease);
  if (record.kind !== profile.kind) {
    throw new Error(
      `its record is of kind ${record.kind}, and profile ${profile.name} of kind ${profile.kind}; it is never overwritten`,
    );
  }
  if (record.ordinals?.start === ordinals.start && record.ordinals.replicas === ordinals.replicas)
    return true;
  return asks.replaceLease(at, withRecord(lease, withOrdinals(record, ordinals)), deadline);
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
