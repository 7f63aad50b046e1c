// The grace period that a pod needs for `leave`: the kubelet includes the preStop in it.
import { add, type PatchOperation } from "../admission/answer.ts";
import { formatWarning } from "../denials/codes.ts";
import type { Pod, StatefulSet } from "../kubernetes/objects.ts";
import type { Profile } from "../profiles/profile.ts";

/** The API server's default. */
const DEFAULT_GRACE_S = 30;

/** Time for the application to end after its preStop. */
const AFTER_LEAVE_S = 30;

/**
 * Raises a grace period that is too short for `leave`. A longer one does no harm: a pod that ends earlier does not wait.
 * @param seconds that `leave` may take
 */
export function ensureGracePeriod({ spec }: Pod, seconds: number): PatchOperation[] {
  const wanted = seconds + AFTER_LEAVE_S;
  const current = spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S;
  return current >= wanted ? [] : [add(["spec", "terminationGracePeriodSeconds"], wanted)];
}

/** Warns if the kubelet would kill the pod during `leave`. */
export function checkGracePeriod({ spec }: StatefulSet, { drop, work }: Profile): string[] {
  const limit = work?.leave?.timeoutSeconds;
  const grace = spec.template.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S;
  if (drop.policy !== "managed" || limit === undefined || limit <= grace) return [];
  const message =
    `leave may take ${limit} s for each of its commands, but terminationGracePeriodSeconds is ${grace}, ` +
    `after which the kubelet kills the pod. Raise it, or lower the profile's leave.timeout.`;
  return [formatWarning("grace-period-too-short", message)];
}
