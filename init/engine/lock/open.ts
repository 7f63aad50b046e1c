// The lock of a plan's StatefulSet: a Lease, or an S3 object on a server that was seen to keep conditions.
import type { Plan } from "../../contract/plan.ts";
import { objectKeys } from "../../contract/s3.ts";
import type { Cell } from "../cells/cell.ts";
import type { Failure } from "../failure.ts";
import type { World } from "../ports.ts";
import { probeConditions } from "./probe.ts";
import { type LockState, lockInLease, lockInObject } from "./state.ts";

export type OpenLock = () => Promise<{ cell: Cell<LockState> } | { failure: Failure }>;

/** Opens the lock when it is first needed: the probe of an S3 server writes. */
export function lockOf(plan: Plan, world: World): OpenLock {
  let proven = false;
  return async () => {
    const { askApi, objects } = world;
    if (plan.lock.store === "lease") {
      if (askApi === null)
        return { failure: { name: "bad-plan", why: "its lock is a Lease, and it names no API server" } };
      return { cell: lockInLease({ askApi, ...plan.identity }) };
    }
    if (objects === null || plan.s3 === null) {
      return { failure: { name: "bad-plan", why: "its lock is in S3, and it names no S3" } };
    }
    const { lock, trial } = objectKeys(plan.s3.prefix, plan.identity);
    if (!proven) {
      const probed = await probeConditions(objects, trial, world);
      if (probed.is === "unsafe") {
        return { failure: { name: "lock-unsafe", where: objects.where, why: probed.why } };
      }
      if (probed.is === "unknown") {
        return { failure: { name: "lock-unusable", where: objects.where, why: probed.why } };
      }
      proven = true;
    }
    return { cell: lockInObject(objects, lock) };
  };
}
