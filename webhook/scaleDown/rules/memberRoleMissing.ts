import { assumeOfGoing, assumeRights } from "../assumptions.ts";
import { kubectl } from "../commands.ts";
import { message, setOf } from "../messages.ts";
import { goingPods } from "../removedPods.ts";
import { isDrop, rule, subjectOf } from "../rule.ts";

const ROLE = "rollcall-member";

/** A pod that may not read its StatefulSet takes every stop for a restart, and leaves nothing. */
export const memberRoleMissing = rule({
  name: "member-role-missing",
  code: "RC015",
  says: "The pods' service account lacks the rights of ClusterRole rollcall-member, so no pod could see that it is to leave.",
  needs: ["rights", "pods", "ring"],
  assumes: (asked, offline) => assumeOfGoing(asked, offline, assumeRights),
  concerns: (asked) => asked.profile.drop.policy === "managed" && isDrop(asked),
  decide: (asked, { rights, pods, ring }) => {
    if ("unknown" in pods) return { unknown: `its pods could not be listed: ${pods.unknown}` };
    const [pod] = goingPods(asked, pods.known, ring);
    if (pod === undefined) return null;
    if ("unknown" in rights) return { unknown: `what its pods may do could not be asked: ${rights.unknown}` };
    const { lacking } = rights.known;
    if (lacking === null) return null;
    const { namespace } = subjectOf(asked);
    const account = pod.serviceAccount;
    return message(
      `${setOf(asked)}: the pods leave by themselves, but their service account ${namespace}/${account} may not ${lacking}. Bind it to ` +
        `ClusterRole ${ROLE}, then ask again`,
      kubectl(
        asked,
        "create",
        "rolebinding",
        // a name that another account's binding does not have
        `${account}-${ROLE}`,
        `--clusterrole=${ROLE}`,
        `--serviceaccount=${namespace}:${account}`,
      ),
    );
  },
});
