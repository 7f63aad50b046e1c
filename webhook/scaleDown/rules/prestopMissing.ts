import { assumeOfGoing } from "../assumptions.ts";
import { kubectl } from "../commands.ts";
import { message, setOf } from "../messages.ts";
import { goingPods } from "../removedPods.ts";
import { isDrop, rule } from "../rule.ts";

/** A pod of before the policy has no way out of its own: it would just be gone. */
export const prestopMissing = rule({
  name: "prestop-missing",
  code: "RC014",
  says: "Pods would go that cannot leave by themselves: they run without the preStop of scaleDown.policy Managed.",
  needs: ["pods", "ring"],
  assumes: (asked, offline) =>
    assumeOfGoing(
      asked,
      offline,
      (pods, isOne) => `${pods} ${isOne ? "runs" : "run"} with the preStop by which a pod leaves`,
    ),
  concerns: (asked) => asked.profile.drop.policy === "managed" && isDrop(asked),
  decide: (asked, { pods, ring }) => {
    if ("unknown" in pods) return { unknown: `its pods could not be listed: ${pods.unknown}` };
    const bare = goingPods(asked, pods.known, ring).filter(({ leaves }) => !leaves);
    if (bare.length === 0) return null;
    const isOne = bare.length === 1;
    return message(
      `${setOf(asked)}: ${bare.map(({ name }) => name).join(", ")} would go, but ${isOne ? "runs" : "run"} without the preStop by which a pod leaves: ${isOne ? "it was" : "they were"} ` +
        `created before the profile's scaleDown.policy was Managed, or without the webhook. Recreate ${isOne ? "it" : "them, one after the other,"} and ask again`,
      ...bare.map(({ name }) => kubectl(asked, "delete", "pod", name)),
    );
  },
});
