import { listNames } from "../../kubernetes/shorten.ts";
import { assumeForRemovedPods } from "../assumptions.ts";
import { formatKubectl } from "../commands.ts";
import { buildMessage, explainUnlistedPods, formatPlural, groupCommands, openDenial } from "../messages.ts";
import { listRemovedPods } from "../removedPods.ts";
import { defineRule, removesSomePods } from "../rule.ts";

/** A pod that was created before the policy was Managed cannot leave: it would end without leaving. */
export const prestopMissing = defineRule({
  name: "prestop-missing",
  code: "RC014",
  says: "Pods that would be removed cannot leave: they run without the preStop hook of scaleDown.policy Managed.",
  needs: ["pods", "ring"],
  assumes: (review, offline) =>
    assumeForRemovedPods(
      review,
      offline,
      (pods, isOne) => `${pods} ${isOne ? "runs" : "run"} with Rollcall's preStop hook`,
    ),
  appliesTo: (review) => review.profile.drop.policy === "managed" && removesSomePods(review),
  evaluate: (review, { pods, ring }) => {
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const bare = listRemovedPods(review, pods.known, ring).filter(({ leaves }) => !leaves);
    if (bare.length === 0) return null;
    const isOne = bare.length === 1;
    const names = listNames(bare.map(({ name }) => name));
    const why = `${formatPlural(bare.length, "pod", "pods")} ${names} cannot leave (hand over what ${isOne ? "it holds" : "they hold"}), since ${isOne ? "it runs" : "they run"} without Rollcall's preStop hook`;
    return buildMessage(
      `${openDenial(review, why)} ${isOne ? "It was" : "They were"} created before the profile's scaleDown.policy was Managed, or without the ` +
        `webhook. Recreate ${isOne ? "it" : "them, one at a time"}, then retry.`,
      groupCommands(
        "Deletes the pod, which the controller recreates with the hook:",
        ...bare.map(({ name }) => formatKubectl(review, "delete", "pod", name)),
      ),
    );
  },
});
