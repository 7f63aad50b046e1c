import { message, openDenial } from "../messages.ts";
import { rule, wasPicked } from "../rule.ts";

/** A member that loses its Raft state forgets its vote (docs/research/ozone.md#volumes-and-disruption-budgets). */
export const metadataNotPersistent = rule({
  name: "metadata-not-persistent",
  code: "RC023",
  says: "The members of a ring do not keep their metadata on a volume that outlives the pod.",
  needs: [],
  concerns: ({ ring, change }) => ring !== null && change.operation !== "DELETE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (after === null || asked.ring === null) return null;
    const fault = asked.ring.findStateFault(after.set);
    if (fault === null) return null;
    // an existing fault must not block unrelated updates
    const hadFault = before !== null && asked.ring.findStateFault(before.set);
    if (wasPicked(asked) && hadFault === fault) return null;
    return message(
      `${openDenial(asked, fault)} A member that restarts without its Raft state is lost to the ring. Use a ${asked.ring.stateRemedy}.`,
    );
  },
});
