import { scale } from "../commands.ts";
import { highestOf } from "../ordinals.ts";
import { rule, subjectOf } from "../rule.ts";
import { message, setOf, sizeOf } from "../words.ts";

/** Numbers are reserved up to size: beyond it begins what belongs to another StatefulSet (DESIGN: numbering, pool). */
export const withinSize = rule({
  name: "within-size",
  code: "RC005",
  says: "The highest ordinal would be one of size (of maxReplicas for ozone-om) or more.",
  needs: [],
  noOverride: true,
  concerns: ({ change }) => change.operation !== "DELETE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (after === null) return null;
    const { size } = asked.profile.nodeId;
    const highest = highestOf(after.ordinals);
    // one that is too large already is not made worse by a new image
    if (highest < size || (before !== null && highestOf(before.ordinals) >= highest)) return null;
    const limit = asked.ring === null ? "nodeId.size" : "maxReplicas";
    const most = size - after.ordinals.start;
    const what =
      `${setOf(asked)} would have ${sizeOf(after.ordinals)}, so its highest ordinal would be ${highest}; the profile's ${limit} is ` +
      `${size}, so the highest may be ${size - 1}. Ask for no more than that, or have the cluster's admin raise ${limit}`;
    return before !== null && most > 0
      ? message(what, scale(asked, most))
      : message(`${what} (${subjectOf(asked).name})`);
  },
});
