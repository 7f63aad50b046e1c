import { metadataFault } from "../metadata.ts";
import { rule, wasPicked } from "../rule.ts";
import { message, setOf } from "../words.ts";

/** A member that forgets its Raft state forgets its vote (facts/ozone.md 6.2, LOST_STATE). */
export const metadataNotPersistent = rule({
  name: "metadata-not-persistent",
  code: "RC023",
  says: "The members of a ring keep their metadata on no volume that outlives the pod.",
  needs: [],
  concerns: ({ ring, change }) => ring !== null && change.operation !== "DELETE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (after === null || asked.ring === null) return null;
    const fault = metadataFault(after.set, asked.ring, asked.profile.containers[0]);
    if (fault === null) return null;
    // what was so before is not made worse by a new label
    const hadFault = before !== null && metadataFault(before.set, asked.ring, asked.profile.containers[0]);
    if (wasPicked(asked) && hadFault === fault) return null;
    return message(
      `${setOf(asked)}: ${fault}. A member whose Raft state is gone after a restart is a member lost: give the pod template a ` +
        `volumeClaimTemplate ${asked.ring.metadata.volume}, mounted where ${asked.ring.metadata.dirs} lies on it`,
    );
  },
});
