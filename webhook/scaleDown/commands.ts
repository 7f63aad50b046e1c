// The commands in denials, complete and ready to paste: with namespace, pod and container.
import { buildRunnerCommand, RUNNER_MOUNT } from "../../init/contract/places.ts";
import { recordLease } from "../../init/contract/record.ts";
import { type CommandGroup, getTargetSet, type ScaleDownReview } from "./rule.ts";

/** Quotes a word for a POSIX shell. */
export function quoteShellWord(text: string): string {
  return /^[-A-Za-z0-9_.,:/=@%+]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const formatWords = (words: readonly string[]): string => words.map(quoteShellWord).join(" ");

/** kubectl in the namespace of the StatefulSet. */
export function formatKubectl(review: Pick<ScaleDownReview, "change">, ...words: readonly string[]): string {
  return formatKubectlIn(getTargetSet(review).namespace, ...words);
}

export const formatKubectlIn = (namespace: string, ...words: readonly string[]): string =>
  formatWords(["kubectl", "-n", namespace, ...words]);

/** The ClusterRole of pods that use the API server (manifests/base/rbac.yaml). */
export const MEMBER_ROLE = "rollcall-member";

export const formatBindMemberRole = (namespace: string, account: string): string =>
  formatKubectlIn(
    namespace,
    "create",
    "rolebinding",
    // unlike the name of another account's binding
    `${account}-${MEMBER_ROLE}`,
    `--clusterrole=${MEMBER_ROLE}`,
    `--serviceaccount=${namespace}:${account}`,
  );

/** A command of the runner in a pod. */
export function formatRunnerCommand(
  review: ScaleDownReview,
  pod: string,
  ...words: readonly string[]
): string {
  return formatExec(review, pod, ...buildRunnerCommand(RUNNER_MOUNT, ...words));
}

/** A command in the application's container of a pod. */
function formatExec(review: ScaleDownReview, pod: string, ...words: readonly string[]): string {
  const [container] = review.profile.containers;
  return formatKubectl(review, "exec", pod, "-c", container, "--", ...words);
}

/** What stands above commands that drain. */
export const DRAIN = "Drains the pod (runs the profile's leave command; the pod keeps running):";

/** The same after another way. */
export const OR_DRAIN = "Or drains the pod (runs the profile's leave command; the pod keeps running):";

export const formatScale = (review: ScaleDownReview, replicas: number): string =>
  formatKubectl(review, "scale", "statefulset", getTargetSet(review).name, `--replicas=${replicas}`);

/** With --overwrite, since kubectl refuses to replace a value without it. */
export const formatAnnotate = (review: Pick<ScaleDownReview, "change">, key: string, value: string): string =>
  formatKubectl(
    review,
    "annotate",
    "--overwrite",
    "statefulset",
    getTargetSet(review).name,
    `${key}=${value}`,
  );

export const formatUnannotate = (review: Pick<ScaleDownReview, "change">, key: string): string =>
  formatKubectl(review, "annotate", "statefulset", getTargetSet(review).name, `${key}-`);

/** Whether the user may set the override, as docs/scale-down.md has it. */
export const formatCanOverride = (review: Pick<ScaleDownReview, "change">): string =>
  formatWords([
    "kubectl",
    "auth",
    "can-i",
    "use",
    "overrides.rollcall.dev",
    "-n",
    getTargetSet(review).namespace,
  ]);

/**
 * Edits the profile. What it allows is for a cluster administrator to decide, since it counts for other StatefulSets,
 * too.
 * @param effect of a certain value, as the end of a clause
 */
export const buildEditProfile = (review: ScaleDownReview, field: string, effect = ""): CommandGroup => ({
  intro: `Edits ${field} in the profile (cluster admin only; counts for every StatefulSet of this profile${effect}):`,
  commands: [formatWords(["kubectl", "edit", "rcp", review.profile.name])],
});

/** What stands above `formatDeleteRecord`. The right is checked by manifests/base/leases.yaml. */
export const FORGET_RECORD =
  "Only if these pods are gone for good: deletes the record (needs permission to use overrides.rollcall.dev):";

export const formatDeleteRecord = (review: ScaleDownReview): string =>
  formatKubectl(review, "delete", "lease", recordLease(getTargetSet(review).name));

/** A strategic merge patch of the StatefulSet's spec. */
export const formatPatchSpec = (review: Pick<ScaleDownReview, "change">, spec: unknown): string =>
  formatKubectl(review, "patch", "statefulset", getTargetSet(review).name, "-p", JSON.stringify({ spec }));
