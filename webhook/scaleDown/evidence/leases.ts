// The two Leases of a StatefulSet, as evidence: its record, and the lock of release steps and membership changes
// (docs/architecture.md#state).
import { DEFAULT_LEASE_SECONDS, type Lease, lease } from "../../../init/contract/apiObjects.ts";
import { RECORD_ANNOTATION, type Record, readRecord } from "../../../init/contract/record.ts";
import { readShape } from "../../../init/contract/shape.ts";

/** @throws where it is none */
export function asLease(value: unknown): Lease {
  const read = readShape(lease, value);
  if ("fault" in read) throw new Error("the API server's answer is not a Lease");
  return read.value;
}

/** @throws where the Lease carries no record that can be trusted: it is for people to mend */
export function recordIn({ metadata }: Lease): Record {
  const text = metadata.annotations?.[RECORD_ANNOTATION];
  if (text === undefined) throw new Error(`it has no annotation ${RECORD_ANNOTATION}`);
  const read = readRecord(text);
  if ("record" in read) return read.record;
  throw new Error(
    `its annotation ${RECORD_ANNOTATION} is not trusted: ${read.wrong}; correct it by hand, which takes the right to use overrides.rollcall.dev`,
  );
}

/**
 * Who holds a lock: held unless it has certainly expired. The time is the holder's clock against ours; a clock that
 * goes fast or slow by seconds makes a lock seem held or free for seconds, and the runner itself does not rest on it.
 */
export function holderIn({ spec }: Lease, now: Date): string | null {
  const { holderIdentity, leaseDurationSeconds, renewTime } = spec ?? {};
  if (!holderIdentity) return null;
  const renewed = Date.parse(renewTime ?? "");
  const ends = renewed + (leaseDurationSeconds ?? DEFAULT_LEASE_SECONDS) * 1000;
  return ends < now.getTime() ? null : holderIdentity;
}
