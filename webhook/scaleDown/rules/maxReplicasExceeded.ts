import { buildEditProfile } from "../commands.ts";
import { buildMessage, formatSize, openDenial } from "../messages.ts";
import { getHighestOrdinal } from "../ordinals.ts";
import { defineRule, keepsProfile, type ScaleDownReview } from "../rule.ts";

/** A range reserves `size` numbers; those beyond it may belong to another StatefulSet. */
export const maxReplicasExceeded = defineRule({
  name: "max-replicas-exceeded",
  code: "RC005",
  says: "The highest ordinal would exceed nodeID.size - 1 (type OzoneOM: maxReplicas - 1).",
  needs: [],
  noOverride: true,
  appliesTo: ({ change }) => change.operation !== "DELETE",
  evaluate: (review) => {
    const { before, after } = review.change;
    if (after === null) return null;
    const { size } = review.profile.nodeId;
    const highest = getHighestOrdinal(after.ordinals);
    if (highest < size) return null;
    // a set that is too large already may be updated; one that selects the profile only now may not
    if (before !== null && keepsProfile(review) && getHighestOrdinal(before.ordinals) >= highest) return null;
    const { limit, says } = describeLimit(review);
    const most = size - after.ordinals.start;
    const what = openDenial(
      review,
      `its highest ordinal would be ${highest}, and the profile allows at most ${size - 1} (${says})`,
    );
    // a member knows only the peers for which its pod was created, so all must restart before another one can join
    const first = review.ring === null ? "" : " and restart the members once before you retry";
    const orRaise = `or have a cluster admin raise ${limit}${first}.`;
    const edit = buildEditProfile(review, limit);
    if (most <= 0) return buildMessage(`${what} Use a smaller spec.ordinals.start, ${orRaise}`, edit);
    // no command that scales to the maximum: after a typo such as 90 for 9 it would start far more pods than meant
    return buildMessage(
      `${what} Use at most ${formatSize({ ...after.ordinals, replicas: most })}, ${orRaise}`,
      edit,
    );
  },
});

/** The fields of the profile that must be raised. */
function describeLimit({ ring, profile: { nodeId } }: ScaleDownReview): { limit: string; says: string } {
  const { base, max, size, writtenSize } = nodeId;
  if (ring !== null) return { limit: "maxReplicas", says: `maxReplicas is ${size}` };
  if (writtenSize === null)
    return { limit: "nodeID.max", says: `nodeID.max is ${max} and nodeID.base ${base}` };
  const limit = base + size > max ? "nodeID.size and nodeID.max" : "nodeID.size";
  return { limit, says: `nodeID.size is ${size}` };
}
