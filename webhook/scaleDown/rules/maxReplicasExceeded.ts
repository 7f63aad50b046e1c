import { scale } from "../commands.ts";
import { message, setOf, sizeOf } from "../messages.ts";
import { highestOf } from "../ordinals.ts";
import { type Case, rule, wasPicked } from "../rule.ts";

/** Numbers are reserved up to size: beyond it begins what belongs to another StatefulSet. */
export const maxReplicasExceeded = rule({
  name: "max-replicas-exceeded",
  code: "RC005",
  says: "The highest ordinal would be one of size (of maxReplicas for type OzoneOM) or more.",
  needs: [],
  noOverride: true,
  concerns: ({ change }) => change.operation !== "DELETE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (after === null) return null;
    const { size } = asked.profile.nodeId;
    const highest = highestOf(after.ordinals);
    if (highest < size) return null;
    // one that is too large already is not made worse by a new image; one that only now picks the profile is
    if (before !== null && wasPicked(asked) && highestOf(before.ordinals) >= highest) return null;
    const { limit, says } = limitOf(asked);
    const most = size - after.ordinals.start;
    const what =
      `${setOf(asked)} would have ${sizeOf(after.ordinals)}, so its highest ordinal would be ${highest}; the profile's ${says}, ` +
      `so the highest may be ${size - 1}`;
    // members know of those that their pods were made for, so they must be made anew before another one can join
    const first = asked.ring === null ? "" : " and restart the members once before you ask again";
    const orRaise = `or have the cluster's admin raise ${limit} (kubectl edit rcp ${asked.profile.name})${first}`;
    if (most <= 0) return message(`${what}. Begin with a smaller spec.ordinals.start, ${orRaise}`);
    // a command that would take pods away, or is meant for another start, helps nobody
    const isGrowth =
      before !== null && before.ordinals.start === after.ordinals.start && most > before.ordinals.replicas;
    if (!isGrowth)
      return message(`${what}. Ask for at most ${sizeOf({ ...after.ordinals, replicas: most })}, ${orRaise}`);
    return message(`${what}. This is the most there can be; ${orRaise}`, scale(asked, most));
  },
});

/** The fields that are to be raised: those that the profile has, and as many as it takes. */
function limitOf({ ring, profile: { nodeId } }: Case): { limit: string; says: string } {
  const { base, max, size, writtenSize } = nodeId;
  if (ring !== null) return { limit: "maxReplicas", says: `maxReplicas is ${size}` };
  if (writtenSize === null)
    return { limit: "nodeID.max", says: `nodeID.max is ${max} and its nodeID.base ${base}` };
  const limit = base + size > max ? "nodeID.size and nodeID.max" : "nodeID.size";
  return { limit, says: `nodeID.size is ${size}` };
}
