// Nodes are drained by evictions, which a PodDisruptionBudget alone holds back: a ring without one loses its majority
// to two drains at once (docs/research/ozone.md#volumes-and-disruption-budgets). It is told, not denied: the budget may
// be applied after the set.

import { formatWarning } from "../denials/codes.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import type { Profile } from "../profiles/profile.ts";

/** A budget's labels of pods; null: it selects by more than equality, so it may well be meant. */
export interface DisruptionBudget {
  readonly name: string;
  readonly matchLabels: Readonly<Record<string, string>> | null;
}

/** The budgets of a namespace. Rejects where they cannot be known. */
export type AskBudgets = (namespace: string) => Promise<readonly DisruptionBudget[]>;

/** A warning where no budget is for the pods of a ring, or where it is not known. */
export async function checkDisruptionBudget(
  set: StatefulSet,
  { namespace, profile }: { namespace: string; profile: Profile },
  ask: AskBudgets | null,
): Promise<string[]> {
  if (profile.ring === null || ask === null) return [];
  const { name } = set.metadata;
  try {
    const budgets = await ask(namespace);
    return budgets.some((budget) => isFor(set, budget)) ? [] : [missing(namespace, set)];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      formatWarning(
        "pdb-missing",
        `whether StatefulSet ${name} has a PodDisruptionBudget is not known: ${why}`,
      ),
    ];
  }
}

function isFor({ spec }: StatefulSet, { matchLabels }: DisruptionBudget): boolean {
  if (matchLabels === null) return true;
  const labels = spec.template.metadata?.labels ?? {};
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function missing(namespace: string, { spec, metadata: { name } }: StatefulSet): string {
  // a selector that was cut would be another one
  const selector = Object.entries(spec.selector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  return formatWarning(
    "pdb-missing",
    `no PodDisruptionBudget is for the pods of StatefulSet ${name}, so two nodes drained at once may take the majority; ` +
      `kubectl -n ${namespace} create poddisruptionbudget ${name} --selector=${selector} --max-unavailable=1`,
  );
}
