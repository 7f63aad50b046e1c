// Checks that the runner is in the pod of its plan. `kubectl debug --copy-to` copies a pod with its init containers and
// plan but without its labels, so the webhook is not called: the copy would run the steps of the original, and leave in
// its place.
import { POD_ENV } from "../contract/places.ts";
import type { Plan } from "../contract/plan.ts";
import type { Failure } from "../engine/failure.ts";

/**
 * Compares the plan with the pod's metadata from the kubelet.
 * @returns null if they match, or if the pod was created by a version of the webhook that did not add this metadata
 */
export function checkThisPod(
  { identity }: Pick<Plan, "identity">,
  env: Readonly<Record<string, string | undefined>>,
): Failure | null {
  const namespace = env[POD_ENV.namespace] ?? identity.namespace;
  const pod = env[POD_ENV.name] ?? identity.pod;
  if (namespace === identity.namespace && pod === identity.pod) return null;
  return { name: "plan-of-another-pod", mine: identity, found: `${namespace}/${pod}` };
}
