// Whether a pod's grace period lets `leave` come to its end: the kubelet counts the preStop in.
import { add, type PatchOperation } from "../admission/answer.ts";
import { formatWarning } from "../denials/codes.ts";
import type { Pod, StatefulSet } from "../kubernetes/objects.ts";
import type { Profile } from "../profiles/profile.ts";

/** What the API server writes where a pod says nothing. */
const DEFAULT_GRACE_S = 30;

/** For the application to end after its preStop. */
const AFTER_LEAVE_S = 30;

/**
 * Raises a grace period that is too low for a leave: it only ends what takes longer, and nobody waits for it.
 * @param seconds that the leave may take
 */
export function ensureGracePeriod({ spec }: Pod, seconds: number): PatchOperation[] {
  const wanted = seconds + AFTER_LEAVE_S;
  const is = spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S;
  return is >= wanted ? [] : [add(["spec", "terminationGracePeriodSeconds"], wanted)];
}

/** A warning where the kubelet would cut `leave` off. */
export function checkGracePeriod({ spec }: StatefulSet, { drop, work }: Profile): string[] {
  const limit = work?.leave?.timeoutSeconds;
  const grace = spec.template.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S;
  if (drop.policy !== "managed" || limit === undefined || limit <= grace) return [];
  const message =
    `leave may take ${limit} s for each of its commands, but terminationGracePeriodSeconds is ${grace}: ` +
    `the kubelet would cut it off; raise that, or lower the profile's leave.timeout`;
  return [formatWarning("grace-period-too-short", message)];
}
