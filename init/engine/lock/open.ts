// The lock of a plan's StatefulSet: a Lease, or an S3 object on a server that passed the probe for conditional writes.
import type { Plan } from "../../contract/plan.ts";
import { buildObjectKeys } from "../../contract/s3.ts";
import type { Cell } from "../cells/cell.ts";
import type { Failure } from "../failure.ts";
import type { World } from "../ports.ts";
import { probeConditionalWrites } from "./probe.ts";
import { createLeaseLock, createObjectLock, type LockState } from "./state.ts";

export type OpenLock = () => Promise<{ cell: Cell<LockState> } | { failure: Failure }>;

/** Opens the lock on first use, because the probe of an S3 server writes an object. */
export function prepareLock(plan: Plan, world: World): OpenLock {
  if (plan.lock.store === "s3") return prepareObjectLock(plan, world);
  const { askApi } = world;
  const opened =
    askApi === null
      ? invalidPlan("its lock is a Lease, but it has no API server settings")
      : { cell: createLeaseLock({ askApi, ...plan.identity }) };
  return async () => opened;
}

function prepareObjectLock({ s3, identity }: Plan, world: World): OpenLock {
  const { objects } = world;
  if (objects === null || s3 === null)
    return async () => invalidPlan("its lock is in S3, but it has no S3 settings");
  const { lock, trial } = buildObjectKeys(s3.prefix, identity);
  const opened = { cell: createObjectLock(objects, lock) };
  let proven = false;
  return async () => {
    if (proven) return opened;
    const probed = await probeConditionalWrites(objects, trial, world);
    proven = probed.is === "safe";
    if (probed.is === "safe") return opened;
    const name = probed.is === "unsafe" ? "lock-unsafe" : "lock-unusable";
    return { failure: { name, where: objects.where, why: probed.why } };
  };
}

const invalidPlan = (why: string): { failure: Failure } => ({ failure: { name: "invalid-plan", why } });
