// The objects that a chart lacks: the pods' service account, its binding, and a disruption budget.
import type { StatefulSet } from "../../kubernetes/objects.ts";
import { isRecord, type ReadDocument } from "../documents.ts";

const ROLE = "rollcall-member";

/**
 * Helm does not delete the account and its binding in a rollback or an uninstallation. Members that have not restarted yet
 * still run with them, and the StatefulSet controller creates pods of the earlier revision until a rollout is complete: it
 * would wait for the account forever.
 */
const KEPT = { "helm.sh/resource-policy": "keep" };

interface Additions {
  readonly set: StatefulSet;
  readonly labels: Readonly<Record<string, string>>;
  readonly account: string;
  /** the chart names no account, so it does not make it either */
  readonly isNewAccount: boolean;
}

/** Objects to add, in the order in which they are needed; those that the documents have are left out. */
export function listAdditions(
  documents: readonly ReadDocument[],
  { set, labels, account, isNewAccount }: Additions,
): object[] {
  const { name, namespace } = set.metadata;
  const buildMetadata = (own: string) => ({ name: own, ...(namespace === undefined ? {} : { namespace }) });
  const has = (kind: string, test: (document: ReadDocument) => boolean): boolean =>
    documents.some((document) => document.kind === kind && test(document));
  const additions: object[] = [];
  if (isNewAccount && !has("ServiceAccount", (document) => document.name === account))
    additions.push({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { ...buildMetadata(account), annotations: KEPT },
    });
  if (!has("RoleBinding", ({ object }) => bindsMember(object, account)))
    additions.push({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { ...buildMetadata(`${account}-${ROLE}`), annotations: KEPT },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: ROLE },
      subjects: [{ kind: "ServiceAccount", name: account }],
    });
  // two budgets for one pod would keep it from being evicted at all
  if (!has("PodDisruptionBudget", ({ object }) => covers(object, labels)))
    additions.push({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: buildMetadata(name),
      spec: { maxUnavailable: 1, selector: { matchLabels: set.spec.selector?.matchLabels ?? labels } },
    });
  return additions;
}

function bindsMember({ roleRef, subjects }: ReadDocument["object"], account: string): boolean {
  return (
    isRecord(roleRef) &&
    roleRef["name"] === ROLE &&
    Array.isArray(subjects) &&
    subjects.some((subject) => isRecord(subject) && subject["name"] === account)
  );
}

/** A selector by expressions counts as covering the pods. */
function covers({ spec }: ReadDocument["object"], labels: Readonly<Record<string, string>>): boolean {
  const selector = isRecord(spec) ? spec["selector"] : undefined;
  if (!isRecord(selector)) return false;
  const { matchLabels = {} } = selector;
  return isRecord(matchLabels) && Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}
