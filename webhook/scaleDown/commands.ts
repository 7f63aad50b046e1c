// The commands in denials, complete and ready to paste: with namespace, pod and container.
import { RUNNER_MOUNT, runnerCommand } from "../../init/contract/places.ts";
import { recordLease } from "../../init/contract/record.ts";
import { type Case, subjectOf } from "./rule.ts";

/** Quotes a word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[-A-Za-z0-9_.,:/=@%+]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const line = (words: readonly string[]): string => words.map(shellWord).join(" ");

/** kubectl in the namespace of the StatefulSet. */
export function kubectl(asked: Pick<Case, "change">, ...words: readonly string[]): string {
  return kubectlIn(subjectOf(asked).namespace, ...words);
}

export const kubectlIn = (namespace: string, ...words: readonly string[]): string =>
  line(["kubectl", "-n", namespace, ...words]);

/** A command of the runner in a pod. */
export function inPod(asked: Case, pod: string, ...words: readonly string[]): string {
  return exec(asked, pod, ...runnerCommand(RUNNER_MOUNT, ...words));
}

/** A command in the application's container of a pod. */
function exec(asked: Case, pod: string, ...words: readonly string[]): string {
  const [container] = asked.profile.containers;
  return kubectl(asked, "exec", pod, "-c", container, "--", ...words);
}

/** What stands above commands that drain. */
export const DRAIN = "Drains the pod (runs the profile's leave command; the pod keeps running):";

export const scale = (asked: Case, replicas: number): string =>
  kubectl(asked, "scale", "statefulset", subjectOf(asked).name, `--replicas=${replicas}`);

/** With --overwrite, since kubectl refuses to replace a value without it. */
export const annotate = (asked: Pick<Case, "change">, key: string, value: string): string =>
  kubectl(asked, "annotate", "--overwrite", "statefulset", subjectOf(asked).name, `${key}=${value}`);

export const unannotate = (asked: Case, key: string): string =>
  kubectl(asked, "annotate", "statefulset", subjectOf(asked).name, `${key}-`);

/** Whether pods of a profile may be removed is for a cluster administrator to decide. */
export const EDIT_PROFILE = "Edits the profile (cluster admin):";

export const editProfile = (asked: Case): string => line(["kubectl", "edit", "rcp", asked.profile.name]);

/** What stands above `forgetRecord`. The right is checked by manifests/base/leases.yaml. */
export const FORGET_RECORD =
  "Only if these pods are gone for good: deletes the record (needs permission to use overrides.rollcall.dev):";

export const forgetRecord = (asked: Case): string =>
  kubectl(asked, "delete", "lease", recordLease(subjectOf(asked).name));

/** A strategic merge patch of the StatefulSet's spec. */
export const patchSpec = (asked: Pick<Case, "change">, spec: unknown): string =>
  kubectl(asked, "patch", "statefulset", subjectOf(asked).name, "-p", JSON.stringify({ spec }));
