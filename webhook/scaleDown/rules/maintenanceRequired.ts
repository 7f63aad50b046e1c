import { buildPauseCommands } from "../deletionCommands.ts";
import { buildMessage, openDenial } from "../messages.ts";
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
    const { maintenance } = review;
    if ("reason" in maintenance) return null;
    return buildMessage(
      `${openDenial(review, `the annotation ${MAINTENANCE} ${maintenance.wrong}`)} It announces a pause: all pods stop without handing over what they hold, ` +
        "their volumes are kept, and all of them must come back. Annotate with a reason first.",
      ...buildPauseCommands(review),
    );
  },
});
