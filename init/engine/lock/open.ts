// The lock of a plan's StatefulSet: a Lease, or an S3 object on a server that was seen to keep conditions.
import type { Plan } from "../../contract/plan.ts";
import { buildObjectKeys } from "../../contract/s3.ts";
import type { Cell } from "../cells/cell.ts";
import type { Failure } from "../failure.ts";
import type { World } from "../ports.ts";
import { probeConditionalWrites } from "./probe.ts";
import { createLeaseLock, createObjectLock, type LockState } from "./state.ts";

export type OpenLock = () => Promise<{ cell: Cell<LockState> } | { failure: Failure }>;

/** Opens the lock when it is first needed: the probe of an S3 server writes. */
export function prepareLock(plan: Plan, world: World): OpenLock {
  if (plan.lock.store === "s3") return inS3(plan, world);
  const { askApi } = world;
  const opened =
    askApi === null
      ? bad("its lock is a Lease, and it names no API server")
      : { cell: createLeaseLock({ askApi, ...plan.identity }) };
  return async () => opened;
}

function inS3({ s3, identity }: Plan, world: World): OpenLock {
  const { objects } = world;
  if (objects === null || s3 === null) return async () => bad("its lock is in S3, and it names no S3");
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

const bad = (why: string): { failure: Failure } => ({ failure: { name: "invalid-plan", why } });
