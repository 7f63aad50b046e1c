// Draining a node evicts its pods, and only a PodDisruptionBudget limits that: two drains at the same time may take the
// majority of a ring (docs/research/ozone.md#volumes-and-disruption-budgets). This is a warning and not a denial, because
// the budget may be applied after the StatefulSet.

import { formatWarning } from "../denials/codes.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import type { Profile } from "../profiles/profile.ts";
import { type Pause, retryOnce } from "./retryOnce.ts";

export interface DisruptionBudget {
  readonly name: string;
  /** null: it has match expressions, which are not evaluated; it counts as covering the pods */
  readonly matchLabels: Readonly<Record<string, string>> | null;
}

/** Lists the budgets of a namespace. Rejects if they cannot be listed. */
export type BudgetLister = (namespace: string) => Promise<readonly DisruptionBudget[]>;

/** Warns if no budget covers the pods of a ring, or if that is unknown. */
export async function checkDisruptionBudget(
  set: StatefulSet,
  { namespace, profile }: { namespace: string; profile: Profile },
  {
    budgets: listBudgets,
    pauseBeforeRetry,
  }: { budgets: BudgetLister | null; pauseBeforeRetry: Pause | null },
): Promise<string[]> {
  if (profile.ring === null || listBudgets === null) return [];
  const { name } = set.metadata;
  try {
    const isCovered = await retryOnce(
      async () => (await listBudgets(namespace)).some((budget) => covers(budget, set)),
      (answer) => answer,
      pauseBeforeRetry,
    );
    return isCovered ? [] : [formatMissingBudget(namespace, set)];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      formatWarning(
        "pdb-missing",
        `cannot list the PodDisruptionBudgets, so whether one covers StatefulSet ${name} is unknown: ${why}`,
      ),
    ];
  }
}

function covers({ matchLabels }: DisruptionBudget, { spec }: StatefulSet): boolean {
  if (matchLabels === null) return true;
  const labels = spec.template.metadata?.labels ?? {};
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function formatMissingBudget(namespace: string, { spec, metadata: { name } }: StatefulSet): string {
  // not shortened, since the command needs the whole selector
  const selector = Object.entries(spec.selector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  return formatWarning(
    "pdb-missing",
    `no PodDisruptionBudget covers the pods of StatefulSet ${name}, so draining two nodes at once may take the majority. ` +
      `Create one: kubectl -n ${namespace} create poddisruptionbudget ${name} --selector=${selector} --max-unavailable=1`,
  );
}
