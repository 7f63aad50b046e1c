// A pod with an emptyDir has local storage: the cluster autoscaler keeps its node unless the pod's annotation names the
// volume (cluster-autoscaler utils/drain). Ours holds a copy that is made anew anywhere, so it is named there.
import { add, type Operation } from "../admission/patch.ts";
import { EVICTABLE_VOLUMES, RUNNER_VOLUME } from "../kubernetes/names.ts";
import type { Pod } from "../kubernetes/objects.ts";

/** Names the runner's volume in the annotation, behind what the owner has there. */
export function letEvict({ metadata: { annotations } }: Pod): Operation[] {
  const named = annotations?.[EVICTABLE_VOLUMES] ?? "";
  // the autoscaler splits at commas and takes no spaces off
  if (named.split(",").includes(RUNNER_VOLUME)) return [];
  const value = named === "" ? RUNNER_VOLUME : `${named},${RUNNER_VOLUME}`;
  return annotations
    ? [add(["metadata", "annotations", EVICTABLE_VOLUMES], value)]
    : [add(["metadata", "annotations"], { [EVICTABLE_VOLUMES]: value })];
}
