// Whether a pod's grace period lets `leave` come to its end: the kubelet counts the preStop in.
import type { Profile } from "../profiles/profile.ts";
import { say } from "./codes.ts";
import type { StatefulSet } from "./shape.ts";

/** What the API server writes where a pod says nothing. */
const DEFAULT_GRACE_S = 30;

/** A warning where the kubelet would cut `leave` off. */
export function graceWarnings({ spec }: StatefulSet, { drop, work }: Profile): string[] {
  const limit = work?.leave?.timeoutSeconds;
  const grace = spec.template.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S;
  if (drop.policy !== "managed" || limit === undefined || limit <= grace) return [];
  const message =
    `leave may take ${limit} s for each of its commands, but terminationGracePeriodSeconds is ${grace}: ` +
    `the kubelet would cut it off; raise that, or lower the profile's leave.timeout`;
  return [say("grace-too-short", message)];
}
