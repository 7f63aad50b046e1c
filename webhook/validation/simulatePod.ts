// A pod that does not exist yet, played: the answer at apply, `render` and others ask what would become of it.

import { PROFILE_LABEL } from "../kubernetes/names.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import { buildPod, computeRevisionName } from "../kubernetes/statefulSetPods.ts";
import { type ActiveConfig, decideOnReadPod, type PodDecision } from "../mutation/decidePod.ts";

/**
 * What would become of the pod of one ordinal, created as the controller creates it.
 * @param revision as podOf has it
 */
export function simulatePod(
  set: StatefulSet,
  namespace: string,
  ordinal: number,
  { revision = computeRevisionName(set), ...force }: ActiveConfig & { revision?: string },
): PodDecision {
  const [username = ""] = force.settings.controllerUsers;
  return decideOnReadPod(
    buildPod(withLabel(set), namespace, ordinal, revision),
    { namespace, username },
    force,
  );
}

/** The set with the one label of its pods that a decision reads: each pod has a copy of all, and there may be 100,000. */
function withLabel(set: StatefulSet): StatefulSet {
  const { spec } = set;
  const { metadata, ...template } = spec.template;
  const label = metadata?.labels?.[PROFILE_LABEL];
  const labels = label === undefined ? {} : { [PROFILE_LABEL]: label };
  return { ...set, spec: { ...spec, template: { ...template, metadata: { ...metadata, labels } } } };
}
