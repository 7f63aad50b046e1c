import { assumeForRemovedPods, assumeRights } from "../assumptions.ts";
import { formatBindMemberRole, MEMBER_ROLE } from "../commands.ts";
import { buildMessage, explainUnlistedPods, groupCommands, openDenial } from "../messages.ts";
import { listRemovedPods } from "../removedPods.ts";
import { defineRule, getTargetSet, removesSomePods } from "../rule.ts";

/** A pod that cannot read its StatefulSet treats every stop as a restart, and does not leave. */
export const memberRoleMissing = defineRule({
  name: "member-role-missing",
  code: "RC015",
  says: "The pods' service account lacks the permissions of ClusterRole rollcall-member, so the pods cannot leave.",
  needs: ["rights", "pods", "ring"],
  assumes: (review, offline) => assumeForRemovedPods(review, offline, assumeRights),
  appliesTo: (review) => review.profile.drop.policy === "managed" && removesSomePods(review),
  evaluate: (review, { rights, pods, ring }) => {
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const [pod] = listRemovedPods(review, pods.known, ring);
    if (pod === undefined) return null;
    if ("unknown" in rights)
      return { ...rights, unknown: `cannot check the permissions of its pods: ${rights.unknown}` };
    const { lacking } = rights.known;
    if (lacking === null) return null;
    const { namespace } = getTargetSet(review);
    const account = pod.serviceAccount;
    return buildMessage(
      `${openDenial(review, `the pods' service account ${namespace}/${account} may not ${lacking}, so they cannot leave (hand over what they hold)`)} Bind it to ` +
        `ClusterRole ${MEMBER_ROLE}, then retry.`,
      groupCommands("Grants the permissions:", formatBindMemberRole(namespace, account)),
    );
  },
});
