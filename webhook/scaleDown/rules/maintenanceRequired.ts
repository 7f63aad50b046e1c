import { annotate, scale, unannotate } from "../commands.ts";
import { message, setOf, sizeOf } from "../messages.ts";
import { MAINTENANCE } from "../overrides.ts";
import { isGuarded, rule } from "../rule.ts";

/** Zero replicas is a pause and not a drop, where somebody says so: nobody leaves, and all come back. */
export const maintenanceRequired = rule({
  name: "maintenance-required",
  code: "RC007",
  says: "All pods would go without the annotation rollcall.dev/maintenance.",
  needs: [],
  concerns: (asked) => isGuarded(asked) && asked.toZero,
  decide: (asked) => {
    if (asked.maintenance !== null) return null;
    const { before } = asked.change;
    const had = before === null ? "" : ` of ${sizeOf(before.ordinals)}`;
    return message(
      `${setOf(asked)}${had} would be scaled to zero, where nobody serves and nobody leaves in order. For a pause of all pods, with ` +
        `their volumes kept and all of them back afterwards, say why first, and take the annotation off when they are back`,
      annotate(asked, MAINTENANCE, "why all pods pause"),
      scale(asked, 0),
      unannotate(asked, MAINTENANCE),
    );
  },
});
