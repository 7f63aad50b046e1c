import { message, setOf } from "../messages.ts";
import { rule, wasPicked } from "../rule.ts";

/** A member that forgets its Raft state forgets its vote (docs/research/ozone.md#volumes-and-disruption-budgets). */
export const metadataNotPersistent = rule({
  name: "metadata-not-persistent",
  code: "RC023",
  says: "The members of a ring keep their metadata on no volume that outlives the pod.",
  needs: [],
  concerns: ({ ring, change }) => ring !== null && change.operation !== "DELETE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (after === null || asked.ring === null) return null;
    const fault = asked.ring.findStateFault(after.set);
    if (fault === null) return null;
    // what was so before is not made worse by a new label
    const hadFault = before !== null && asked.ring.findStateFault(before.set);
    if (wasPicked(asked) && hadFault === fault) return null;
    return message(
      `${setOf(asked)}: ${fault}. A member whose Raft state is gone after a restart is a member lost: give the pod template a ` +
        asked.ring.stateRemedy,
    );
  },
});
