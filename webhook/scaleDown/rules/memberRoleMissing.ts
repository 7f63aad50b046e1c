import { assumeOfGoing, assumeRights } from "../assumptions.ts";
import { kubectl } from "../commands.ts";
import { explainUnlistedPods, groupCommands, message, openDenial } from "../messages.ts";
import { goingPods } from "../removedPods.ts";
import { isDrop, rule, subjectOf } from "../rule.ts";

const ROLE = "rollcall-member";

/** A pod that cannot read its StatefulSet treats every stop as a restart, and does not leave. */
export const memberRoleMissing = rule({
  name: "member-role-missing",
  code: "RC015",
  says: "The pods' service account lacks the permissions of ClusterRole rollcall-member, so the pods cannot leave.",
  needs: ["rights", "pods", "ring"],
  assumes: (asked, offline) => assumeOfGoing(asked, offline, assumeRights),
  concerns: (asked) => asked.profile.drop.policy === "managed" && isDrop(asked),
  decide: (asked, { rights, pods, ring }) => {
    if ("unknown" in pods) return { unknown: explainUnlistedPods(pods.unknown) };
    const [pod] = goingPods(asked, pods.known, ring);
    if (pod === undefined) return null;
    if ("unknown" in rights)
      return { unknown: `cannot check the permissions of its pods: ${rights.unknown}` };
    const { lacking } = rights.known;
    if (lacking === null) return null;
    const { namespace } = subjectOf(asked);
    const account = pod.serviceAccount;
    return message(
      `${openDenial(asked, `the pods' service account ${namespace}/${account} may not ${lacking}, so they cannot leave`)} Bind it to ` +
        `ClusterRole ${ROLE}, then retry.`,
      groupCommands(
        "Grants the permissions:",
        kubectl(
          asked,
          "create",
          "rolebinding",
          // unlike the name of another account's binding
          `${account}-${ROLE}`,
          `--clusterrole=${ROLE}`,
          `--serviceaccount=${namespace}:${account}`,
        ),
      ),
    );
  },
});
