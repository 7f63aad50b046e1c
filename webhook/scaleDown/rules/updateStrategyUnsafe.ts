import { formatPatchSpec } from "../commands.ts";
import { buildMessage, groupCommands, openDenial } from "../messages.ts";
import { defineRule, keepsProfile } from "../rule.ts";

const GENTLE = ["RollingUpdate", "OnDelete"];

/** Recreate (alpha in Kubernetes 1.37) stops all members at every change of the template. */
export const updateStrategyUnsafe = defineRule({
  name: "update-strategy-unsafe",
  code: "RC025",
  says: "The update strategy of a ring would stop all members at once (Recreate, alpha in Kubernetes 1.37).",
  needs: [],
  appliesTo: ({ ring, change }) => ring !== null && change.operation !== "DELETE",
  evaluate: (review) => {
    const { before, after } = review.change;
    if (after === null || GENTLE.includes(after.updateStrategy)) return null;
    if (keepsProfile(review) && before?.updateStrategy === after.updateStrategy) return null;
    return buildMessage(
      `${openDenial(review, `updateStrategy.type ${after.updateStrategy} stops all members of the ring at once`)} Use RollingUpdate.`,
      groupCommands(
        "Sets RollingUpdate:",
        ...(before === null ? [] : [formatPatchSpec(review, { updateStrategy: { type: "RollingUpdate" } })]),
      ),
    );
  },
});
