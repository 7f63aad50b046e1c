// What a lock says, and the two things that carry it: a Lease or an S3 object (DESIGN: contracts, Lock).
import * as z from "zod";
import { lockLease } from "../../contract/record.ts";
import type { Cell } from "../cells/cell.ts";
import { leaseCell } from "../cells/lease.ts";
import { objectCell } from "../cells/object.ts";
import type { AskApi, Objects } from "../ports.ts";

const lockState = z.looseObject({
  /** podUid/runId; null: free */
  holder: z.string().nullable(),
  seconds: z.number().positive(),
  /** written for people; no decision rests on another pod's clock */
  renewedAt: z.string(),
  /** the fencing number: grows with every taking */
  fence: z.number().int().nonnegative(),
});

export type LockState = z.infer<typeof lockState>;

const leaseSpec = z.looseObject({
  holderIdentity: z.string().nullish(),
  leaseDurationSeconds: z.number().positive().nullish(),
  renewTime: z.string().nullish(),
  leaseTransitions: z.number().int().nonnegative().nullish(),
});

/** leaseDurationSeconds where somebody made the Lease by hand without one. */
const USUAL_SECONDS = 30;

export function lockInLease(given: { askApi: AskApi; namespace: string; workload: string }): Cell<LockState> {
  return leaseCell({
    ...given,
    name: lockLease(given.workload),
    read: ({ spec }) => {
      const read = leaseSpec.safeParse(spec ?? {});
      if (!read.success) return { wrong: "it is not a lock" };
      const { holderIdentity, leaseDurationSeconds, renewTime, leaseTransitions } = read.data;
      return {
        value: {
          holder: holderIdentity || null,
          seconds: leaseDurationSeconds ?? USUAL_SECONDS,
          renewedAt: renewTime ?? "",
          fence: leaseTransitions ?? 0,
        },
      };
    },
    write: ({ holder, seconds, renewedAt, fence }) => ({
      spec: {
        // null takes the holder away; "" is refused by the API server
        holderIdentity: holder,
        leaseDurationSeconds: seconds,
        // MicroTime wants six digits behind the second
        renewTime: renewedAt.replace(/\.(\d{3})Z$/, ".$1000Z"),
        leaseTransitions: fence,
      },
    }),
  });
}

export function lockInObject(objects: Objects, key: string): Cell<LockState> {
  return objectCell({
    objects,
    key,
    read: (text) => {
      try {
        const read = lockState.safeParse(JSON.parse(text));
        return read.success ? { value: read.data } : { wrong: "it is not a lock" };
      } catch {
        return { wrong: "it is not a lock: not JSON" };
      }
    },
    write: (value) => JSON.stringify(value),
  });
}
