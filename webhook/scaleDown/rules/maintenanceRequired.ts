import { annotate, scale, unannotate } from "../commands.ts";
import { groupCommands, message, openDenial } from "../messages.ts";
import { MAINTENANCE } from "../overrides.ts";
import { isGuarded, rule } from "../rule.ts";

/** Zero replicas is a pause and not a scale-down if it is announced: no pod leaves, and all come back. */
export const maintenanceRequired = rule({
  name: "maintenance-required",
  code: "RC007",
  says: "Scaling to zero needs the annotation rollcall.dev/maintenance.",
  needs: [],
  concerns: (asked) => isGuarded(asked) && asked.toZero,
  decide: (asked) => {
    if (asked.maintenance !== null) return null;
    return message(
      `${openDenial(asked, `the annotation ${MAINTENANCE} is missing or empty`)} It confirms that all pods pause: none of them leaves, their volumes are ` +
        "kept, and all of them must come back. Annotate with a reason first.",
      groupCommands("Stops all pods:", annotate(asked, MAINTENANCE, "<reason>"), scale(asked, 0)),
      groupCommands("When all pods are back, ends the maintenance:", unannotate(asked, MAINTENANCE)),
    );
  },
});
