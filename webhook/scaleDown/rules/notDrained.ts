import { listNames } from "../../kubernetes/shorten.ts";
import { assumeDrained } from "../assumptions.ts";
import { DRAIN, formatKubectl, formatRunnerCommand, OR_DRAIN } from "../commands.ts";
import { buildDeleteCommand, buildKeepVolumesCommand, buildStopCommands } from "../deletionCommands.ts";
import type { LivePod } from "../evidence.ts";
import {
  buildMessage,
  explainUnlistedPods,
  explainUnreadRecord,
  formatPlural,
  groupCommands,
  inspectWith,
  openDenial,
} from "../messages.ts";
import { listFromHighest } from "../ordinals.ts";
import {
  defineRule,
  getTargetSet,
  type RuleFinding,
  removesSomePods,
  type ScaleDownReview,
} from "../rule.ts";

/** How many pods a denial names. */
const MOST = 10;

/** A recreated pod has another uid: it works again, so it no longer counts as drained. */
export const notDrained = defineRule({
  name: "not-drained",
  code: "RC013",
  says: "The profile's scaleDown.policy is Drained, and pods that would be removed have not been drained (rollcall drain in the pod).",
  needs: ["record", "pods"],
  assumes: assumeDrained,
  appliesTo: (review) =>
    review.profile.drop.policy === "drained" && (removesSomePods(review) || deletesVolumes(review)),
  evaluate: (review, { record, pods }) => {
    if ("unknown" in record) return explainUnreadRecord(review, record);
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const undrained = listUndrained(review, record.known?.drained ?? {}, pods.known);
    return undrained.length === 0 ? null : denyUndrained(review, undrained);
  },
});

interface UndrainedPod {
  readonly name: string;
  readonly why: string;
  readonly state: "running" | "down" | "gone";
}

/** Highest ordinal first, and at most one more than a denial names. */
function listUndrained(
  review: ScaleDownReview,
  drained: Readonly<Record<string, { readonly podUid: string }>>,
  pods: readonly LivePod[],
): UndrainedPod[] {
  const live = new Map(pods.map((pod) => [pod.ordinal, pod]));
  // only existing pods can be drained, so these are enough ordinals to fill the list with others
  const undrained = listFromHighest(review.removed, MOST + 1 + live.size).flatMap((ordinal) => {
    const name = `${getTargetSet(review).name}-${ordinal}`;
    const pod = live.get(ordinal);
    const said = drained[name];
    if (pod !== undefined && said?.podUid === pod.uid) return [];
    const state = pod === undefined ? "gone" : pod.running ? "running" : "down";
    return [{ name, why: whyNot(state, said !== undefined), state } as const];
  });
  return undrained.slice(0, MOST + 1);
}

function denyUndrained(review: ScaleDownReview, undrained: readonly UndrainedPod[]): RuleFinding {
  const shown = undrained.slice(0, MOST);
  const named = shown.map(({ name, why }) => `${name} (${why})`).join(", ");
  const more = undrained.length > MOST ? " and more" : "";
  const stopped = shown.filter(({ state }) => state !== "running").map(({ name }) => name);
  const drains = shown
    .filter(({ state }) => state === "running")
    .map(({ name }) => formatRunnerCommand(review, name, "drain"));
  const inspect = inspectWith(...inspectStopped(review, shown));
  const what = openDenial(
    review,
    `the profile's scaleDown.policy is Drained, and ${formatPlural(undrained.length, "this pod is", "these pods are")} not drained: ${named}${more}`,
  );
  const first =
    stopped.length === 0 ? "" : ` Bring back ${listNames(stopped)} first: only a pod that runs can drain.`;
  const each = formatPlural(undrained.length, "it", "each of them, highest ordinal first");
  if (deletesVolumes(review)) {
    return buildMessage(
      `${what} This deletion also deletes the volumes (whenDeleted: Delete). To keep them, set whenDeleted to Retain, stop all pods, ` +
        `and delete the StatefulSet when they are gone; no pod has to drain for that.${first} To delete the volumes, too, ` +
        `drain ${each}, then retry.`,
      inspect,
      buildKeepVolumesCommand(review),
      ...buildStopCommands(review),
      buildDeleteCommand(review, "Deletes the StatefulSet, which keeps the volumes then:"),
      groupCommands(
        `${OR_DRAIN.slice(0, -1)}; when all have drained, a retry deletes the volumes:`,
        ...drains,
      ),
    );
  }
  const { message } = buildMessage(
    `${what}${first} Drain ${each}, then retry.`,
    inspect,
    groupCommands(DRAIN, ...drains),
  );
  // the last resort for a pod that does not come back
  return { message, offerOverride: stopped.length > 0 };
}

/** Why pods do not run. For pods that are gone: why the controller does not create them, and where their volume is. */
const inspectStopped = (review: ScaleDownReview, undrained: readonly UndrainedPod[]): string[] => [
  ...(undrained.some(({ state }) => state === "gone")
    ? [
        formatKubectl(review, "describe", "statefulset", getTargetSet(review).name),
        formatKubectl(review, "get", "pvc"),
      ]
    : []),
  ...undrained
    .filter(({ state }) => state === "down")
    .map(({ name }) => formatKubectl(review, "describe", "pod", name)),
];

function whyNot(state: UndrainedPod["state"], saidBefore: boolean): string {
  if (state === "gone") return "does not exist now; its volume may hold the only copy of its data";
  if (state === "down") return "not running now";
  return saidBefore ? "recreated after it was drained" : "never drained";
}

function deletesVolumes({ change }: ScaleDownReview): boolean {
  return (
    change.operation === "DELETE" &&
    change.before.whenDeleted === "Delete" &&
    change.before.ordinals.replicas > 0
  );
}
