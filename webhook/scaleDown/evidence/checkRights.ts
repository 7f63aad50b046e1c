// Checks whether the service account of the pods has the permissions of ClusterRole rollcall-member
// (manifests/base/rbac.yaml). A pod that cannot read its StatefulSet treats every stop as a restart.
import type { KubeApi, ResourceAttributes } from "./kubeApi.ts";
import { LastingError } from "./unknownReason.ts";

const LEASES = { group: "coordination.k8s.io", resource: "leases" };

/** Several only while a rollout changes the account. */
const MOST_ACCOUNTS = 5;

/** In the order in which a pod needs them. */
function listRequiredRights(namespace: string, set: string): readonly ResourceAttributes[] {
  return [
    { verb: "get", group: "apps", resource: "statefulsets", name: set },
    { verb: "get", group: "", resource: "namespaces", name: namespace },
    { verb: "get", ...LEASES },
    { verb: "create", ...LEASES },
    { verb: "update", ...LEASES },
  ];
}

/**
 * The first permission that an account lacks, in words.
 * @param accounts of the pods: more than one while a rollout changes it
 */
export async function checkRights(
  asks: KubeApi,
  given: { namespace: string; set: string; accounts: readonly string[]; deadline: AbortSignal },
): Promise<{ lacking: string | null }> {
  const { namespace, set, accounts, deadline } = given;
  if (accounts.length > MOST_ACCOUNTS) {
    throw new LastingError(
      `the pods run under ${accounts.length} service accounts, and at most ${MOST_ACCOUNTS} are checked`,
      "Wait until the rolling updates that change the account have ended, then retry.",
    );
  }
  const questions = accounts.flatMap((name) =>
    listRequiredRights(namespace, set).map((deed) => ({ name, deed })),
  );
  const answers = await Promise.all(
    questions.map(async ({ name, deed }) => ({
      name,
      deed,
      may: await asks.checkAccess({ namespace, name }, deed, deadline),
    })),
  );
  const lacking = answers.find(({ may }) => !may);
  if (lacking === undefined) return { lacking: null };
  const { verb, resource } = lacking.deed;
  const whose = accounts.length > 1 ? ` (${lacking.name})` : "";
  return { lacking: `${verb} ${resource}${whose}` };
}
