// The contents of a lock, stored in a Lease or an S3 object (docs/architecture.md#lock).
import { DEFAULT_LEASE_SECONDS, leaseSpec } from "../../contract/apiObjects.ts";
import { lockLease } from "../../contract/record.ts";
import { integer, nullable, object, positive, readShape, type TypeOf, text } from "../../contract/shape.ts";
import type { Cell } from "../cells/cell.ts";
import { createLeaseCell } from "../cells/createLeaseCell.ts";
import { createObjectCell } from "../cells/createObjectCell.ts";
import type { AskApi, ObjectStore } from "../ports.ts";

const lockState = object({
  /** podUid/runId; null: free */
  holder: nullable(text()),
  seconds: positive(),
  /** for people; no decision uses another pod's clock */
  renewedAt: text(),
  /** the fencing token, incremented by each acquisition */
  fence: integer(0),
});

export type LockState = TypeOf<typeof lockState>;

export function createLeaseLock(options: {
  askApi: AskApi;
  namespace: string;
  workload: string;
}): Cell<LockState> {
  return createLeaseCell({
    ...options,
    name: lockLease(options.workload),
    read: ({ spec }) => {
      const read = readShape(leaseSpec, spec ?? {});
      if ("fault" in read) return { wrong: "it is not a lock" };
      const { holderIdentity, leaseDurationSeconds, renewTime, leaseTransitions } = read.value;
      return {
        value: {
          holder: holderIdentity || null,
          seconds: leaseDurationSeconds ?? DEFAULT_LEASE_SECONDS,
          renewedAt: renewTime ?? "",
          fence: leaseTransitions ?? 0,
        },
      };
    },
    write: ({ holder, seconds, renewedAt, fence }) => ({
      spec: {
        // null removes the holder; the API server rejects ""
        holderIdentity: holder,
        leaseDurationSeconds: seconds,
        // MicroTime requires six fractional digits
        renewTime: renewedAt.replace(/\.(\d{3})Z$/, ".$1000Z"),
        leaseTransitions: fence,
      },
    }),
  });
}

export function createObjectLock(objects: ObjectStore, key: string): Cell<LockState> {
  return createObjectCell({
    objects,
    key,
    read: (json) => {
      try {
        const read = readShape(lockState, JSON.parse(json));
        return "value" in read ? { value: read.value } : { wrong: "it is not a lock" };
      } catch {
        return { wrong: "it is not a lock: not JSON" };
      }
    },
    write: (value) => JSON.stringify(value),
  });
}
