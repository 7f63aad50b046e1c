// Who deletes what belongs to something that is deleted. A namespace goes with all that is in it; but the garbage collector
// takes what an owner in the object's own metadata says, and its author may have written any: it is judged like a person.
import { kubectl } from "./commands.ts";
import type { Case } from "./rule.ts";

/** By its own service account. What it deletes goes, whatever a rule says. */
export const NAMESPACE_CONTROLLERS: readonly string[] = [
  "system:serviceaccount:kube-system:namespace-controller",
];

/**
 * By its own service account, or all controllers by one identity (docs/research/kubernetes-admission.md#controllers).
 */
const GARBAGE_COLLECTORS: readonly string[] = [
  "system:serviceaccount:kube-system:generic-garbage-collector",
  "system:kube-controller-manager",
];

export const isGarbageCollector = (username: string): boolean => GARBAGE_COLLECTORS.includes(username);

const NO_OWNERS = JSON.stringify([{ op: "remove", path: "/metadata/ownerReferences" }]);

/** A denial of what the collector asks, for who reads the StatefulSet's Events: nobody has typed a command. */
export function withCollector(message: string, asked: Pick<Case, "change">, name: string): string {
  return [
    `${message}`,
    `It is the garbage collector that asks, again and again, since an owner of the StatefulSet is gone (metadata.ownerReferences). ` +
      `To keep the StatefulSet, take its owners away; to let it go, make right what is said above`,
    `  ${kubectl(asked, "patch", "statefulset", name, "--type=json", "-p", NO_OWNERS)}`,
  ].join("\n");
}
