// The two Leases of a StatefulSet as evidence: its record, and the lock of release steps and membership changes
// (docs/architecture.md#state).
import { DEFAULT_LEASE_SECONDS, type Lease, lease } from "../../../init/contract/apiObjects.ts";
import { RECORD_ANNOTATION, readRecord, type WorkloadRecord } from "../../../init/contract/record.ts";
import { readShape } from "../../../init/contract/shape.ts";
import { LastingError } from "./unknownReason.ts";

/** @throws if it is not a Lease */
export function parseLease(value: unknown): Lease {
  const read = readShape(lease, value);
  if ("fault" in read) throw new Error("the API server's answer is not a Lease");
  return read.value;
}

const PUT_BACK =
  "Put the record back into that annotation by hand (needs permission to use overrides.rollcall.dev).";

/** @throws LastingError if the Lease has no record that can be used */
export function recordIn({ metadata }: Lease): WorkloadRecord {
  const text = metadata.annotations?.[RECORD_ANNOTATION];
  if (text === undefined) throw new LastingError(`it has no annotation ${RECORD_ANNOTATION}`, PUT_BACK);
  const read = readRecord(text);
  if ("record" in read) return read.record;
  throw new LastingError(`its annotation ${RECORD_ANNOTATION} is not trusted: ${read.wrong}`, read.remedy);
}

/**
 * The holder of a lock, which counts as held unless it has certainly expired. Compares the holder's clock with ours: a
 * skew of seconds makes a lock seem held or free for seconds. The runner's own locking does not depend on it.
 */
export function findLockHolder({ spec }: Lease, now: Date): string | null {
  const { holderIdentity, leaseDurationSeconds, renewTime } = spec ?? {};
  if (!holderIdentity) return null;
  const renewed = Date.parse(renewTime ?? "");
  const ends = renewed + (leaseDurationSeconds ?? DEFAULT_LEASE_SECONDS) * 1000;
  return ends < now.getTime() ? null : holderIdentity;
}
