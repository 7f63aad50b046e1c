import { formatAnnotate, formatScale, formatUnannotate } from "../commands.ts";
import { buildMessage, groupCommands, openDenial } from "../messages.ts";
import { MAINTENANCE } from "../overrides.ts";
import { defineRule, isGuarded } from "../rule.ts";

/** Zero replicas is a pause and not a scale-down if it is announced: no pod leaves, and all come back. */
export const maintenanceRequired = defineRule({
  name: "maintenance-required",
  code: "RC007",
  says: "Scaling to zero needs the annotation rollcall.dev/maintenance.",
  needs: [],
  appliesTo: (review) => isGuarded(review) && review.toZero,
  evaluate: (review) => {
    if (review.maintenance !== null) return null;
    return buildMessage(
      `${openDenial(review, `the annotation ${MAINTENANCE} is missing, empty or a placeholder`)} It confirms that all pods pause: none of them leaves, their volumes are ` +
        "kept, and all of them must come back. Annotate with a reason first.",
      groupCommands(
        "Stops all pods:",
        formatAnnotate(review, MAINTENANCE, "<reason>"),
        formatScale(review, 0),
      ),
      groupCommands("When all pods are back, ends the maintenance:", formatUnannotate(review, MAINTENANCE)),
    );
  },
});
