// Controllers that delete dependents. In a terminating namespace everything is deleted. The garbage collector follows
// metadata.ownerReferences, which any author of the object may have written, so its deletions are reviewed like a
// user's.
import { formatKubectl } from "./commands.ts";
import { groupCommands, buildMessage as joinLines } from "./messages.ts";
import type { ScaleDownReview } from "./rule.ts";

/** By its own service account. Its deletions are always allowed. */
export const NAMESPACE_CONTROLLERS: readonly string[] = [
  "system:serviceaccount:kube-system:namespace-controller",
];

/**
 * By its own service account, or by the one identity of all controllers
 * (docs/research/kubernetes-admission.md#controllers).
 */
const GARBAGE_COLLECTORS: readonly string[] = [
  "system:serviceaccount:kube-system:generic-garbage-collector",
  "system:kube-controller-manager",
];

export const isGarbageCollector = (username: string): boolean => GARBAGE_COLLECTORS.includes(username);

const NO_OWNERS = JSON.stringify([{ op: "remove", path: "/metadata/ownerReferences" }]);

/** The denial of a garbage-collector deletion, for readers of the StatefulSet's Events: no person has run a command. */
export function addCollectorHint(
  message: string,
  review: Pick<ScaleDownReview, "change">,
  name: string,
): string {
  const why =
    "The garbage collector requests this deletion and will repeat it, because an owner of the StatefulSet is gone (metadata.ownerReferences). " +
    "To let it be deleted, resolve the denial above.";
  const patch = formatKubectl(review, "patch", "statefulset", name, "--type=json", "-p", NO_OWNERS);
  return joinLines(`${message}\n${why}`, groupCommands("Keeps the StatefulSet (removes its owners):", patch))
    .message;
}
