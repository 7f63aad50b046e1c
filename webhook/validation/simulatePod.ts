// Simulates the creation of a pod, for the validation at apply, `render` and others.

import { PROFILE_LABEL } from "../kubernetes/names.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import { buildPod, computeRevisionName } from "../kubernetes/statefulSetPods.ts";
import { type ActiveConfig, decideOnReadPod, type PodDecision } from "../mutation/decidePod.ts";

/**
 * The decision on the pod of one ordinal, as the StatefulSet controller would create it.
 * @param revision see buildPod
 */
export function simulatePod(
  set: StatefulSet,
  namespace: string,
  ordinal: number,
  { revision = computeRevisionName(set), ...config }: ActiveConfig & { revision?: string },
): PodDecision {
  const [username = ""] = config.settings.controllerUsers;
  return decideOnReadPod(
    buildPod(keepProfileLabel(set), namespace, ordinal, revision),
    { namespace, username },
    config,
  );
}

/** Drops all labels of the pod template that decisions do not read: there may be 100,000, and each pod copies them. */
function keepProfileLabel(set: StatefulSet): StatefulSet {
  const { spec } = set;
  const { metadata, ...template } = spec.template;
  const label = metadata?.labels?.[PROFILE_LABEL];
  const labels = label === undefined ? {} : { [PROFILE_LABEL]: label };
  return { ...set, spec: { ...spec, template: { ...template, metadata: { ...metadata, labels } } } };
}
