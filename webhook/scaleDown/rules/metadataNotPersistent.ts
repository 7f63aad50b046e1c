import { buildMessage, openDenial } from "../messages.ts";
import { defineRule, keepsProfile } from "../rule.ts";

/** A member that loses its Raft state forgets its vote (docs/research/ozone.md#volumes-and-disruption-budgets). */
export const metadataNotPersistent = defineRule({
  name: "metadata-not-persistent",
  code: "RC023",
  says: "The members of a ring do not keep their metadata on a volume that outlives the pod.",
  needs: [],
  appliesTo: ({ ring, change }) => ring !== null && change.operation !== "DELETE",
  evaluate: (review) => {
    const { before, after } = review.change;
    if (after === null || review.ring === null) return null;
    const fault = review.ring.findStateFault(after.set);
    if (fault === null) return null;
    // an existing fault must not block unrelated updates
    const hadFault = before !== null && review.ring.findStateFault(before.set);
    if (keepsProfile(review) && hadFault === fault) return null;
    return buildMessage(
      `${openDenial(review, fault)} A member that restarts without its Raft state is lost to the ring. Use a ${review.ring.stateRemedy}.`,
    );
  },
});
