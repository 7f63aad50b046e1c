import { assumeDrained } from "../assumptions.ts";
import { DRAIN, formatRunnerCommand } from "../commands.ts";
import {
  buildMessage,
  explainUnlistedPods,
  explainUnreadRecord,
  groupCommands,
  openDenial,
} from "../messages.ts";
import { listFromHighest } from "../ordinals.ts";
import { defineRule, getTargetSet, removesSomePods, type ScaleDownReview } from "../rule.ts";

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
    if ("unknown" in record) return { unknown: explainUnreadRecord(review, record.unknown) };
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const drained = record.known?.drained ?? {};
    const live = new Map(pods.known.map((pod) => [pod.ordinal, pod]));
    const { name } = getTargetSet(review);
    const wanting: string[] = [];
    const commands: string[] = [];
    // only existing pods can be drained, so these are enough ordinals to fill the list with others
    for (const ordinal of listFromHighest(review.removed, MOST + 1 + live.size)) {
      const pod = live.get(ordinal);
      const said = drained[`${name}-${ordinal}`];
      if (pod !== undefined && said?.podUid === pod.uid) continue;
      wanting.push(`${name}-${ordinal} (${whyNot(pod, said !== undefined)})`);
      if (pod?.running === true) commands.push(formatRunnerCommand(review, pod.name, "drain"));
    }
    if (wanting.length === 0) return null;
    const named = `${wanting.slice(0, MOST).join(", ")}${wanting.length > MOST ? " and more" : ""}`;
    const wait = commands.length < wanting.length ? " Pods must be running to drain." : "";
    return buildMessage(
      `${openDenial(review, `the profile's scaleDown.policy is Drained, and these pods are not drained: ${named}`)} ` +
        `Drain each of them, highest ordinal first, then retry.${wait}`,
      groupCommands(DRAIN, ...commands.slice(0, MOST)),
    );
  },
});

function whyNot(pod: { running: boolean } | undefined, saidBefore: boolean): string {
  if (pod === undefined) return "does not exist now; its volume may hold the only copy of its data";
  if (!pod.running) return "not running now";
  return saidBefore ? "recreated after it was drained" : "never drained";
}

function deletesVolumes({ change }: ScaleDownReview): boolean {
  return (
    change.operation === "DELETE" &&
    change.before.whenDeleted === "Delete" &&
    change.before.ordinals.replicas > 0
  );
}
