import { EDIT_PROFILE, editProfile, scale } from "../commands.ts";
import { groupCommands, message, openDenial, sizeOf } from "../messages.ts";
import { highestOf } from "../ordinals.ts";
import { type Case, rule, wasPicked } from "../rule.ts";

/** A range reserves `size` numbers; those beyond it may belong to another StatefulSet. */
export const maxReplicasExceeded = rule({
  name: "max-replicas-exceeded",
  code: "RC005",
  says: "The highest ordinal would exceed nodeID.size - 1 (type OzoneOM: maxReplicas - 1).",
  needs: [],
  noOverride: true,
  concerns: ({ change }) => change.operation !== "DELETE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (after === null) return null;
    const { size } = asked.profile.nodeId;
    const highest = highestOf(after.ordinals);
    if (highest < size) return null;
    // a set that is too large already may be updated; one that selects the profile only now may not
    if (before !== null && wasPicked(asked) && highestOf(before.ordinals) >= highest) return null;
    const { limit, says } = limitOf(asked);
    const most = size - after.ordinals.start;
    const what = openDenial(
      asked,
      `its highest ordinal would be ${highest}, and the profile allows at most ${size - 1} (${says})`,
    );
    // a member knows only the peers for which its pod was created, so all must restart before another one can join
    const first = asked.ring === null ? "" : " and restart the members once before you retry";
    const orRaise = `or have a cluster admin raise ${limit}${first}.`;
    const edit = groupCommands(EDIT_PROFILE, editProfile(asked));
    if (most <= 0) return message(`${what} Use a smaller spec.ordinals.start, ${orRaise}`, edit);
    const remedy = `${what} Use at most ${sizeOf({ ...after.ordinals, replicas: most })}, ${orRaise}`;
    // a command that would remove pods, or that is for another start, would be wrong
    const isGrowth =
      before !== null && before.ordinals.start === after.ordinals.start && most > before.ordinals.replicas;
    return isGrowth
      ? message(remedy, groupCommands("Scales to the maximum:", scale(asked, most)), edit)
      : message(remedy, edit);
  },
});

/** The fields of the profile that must be raised. */
function limitOf({ ring, profile: { nodeId } }: Case): { limit: string; says: string } {
  const { base, max, size, writtenSize } = nodeId;
  if (ring !== null) return { limit: "maxReplicas", says: `maxReplicas is ${size}` };
  if (writtenSize === null)
    return { limit: "nodeID.max", says: `nodeID.max is ${max} and nodeID.base ${base}` };
  const limit = base + size > max ? "nodeID.size and nodeID.max" : "nodeID.size";
  return { limit, says: `nodeID.size is ${size}` };
}
