// Whether the runner is in the pod of its plan. `kubectl debug --copy-to` copies a pod with its init containers and its
// plan, and without its labels, so that the webhook is not called: the copy would do the steps of the original, and leave
// for it.
import { POD_ENV } from "../contract/places.ts";
import type { Plan } from "../contract/plan.ts";
import type { Failure } from "../engine/failure.ts";

/**
 * Compares the plan with what the kubelet says of the pod.
 * @returns null where they agree, and in pods that were made before the webhook asked the kubelet for it
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
