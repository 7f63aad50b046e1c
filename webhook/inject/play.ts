// A pod that does not exist yet, played: the answer at apply, `render` and others ask what would become of it.
import { decideOnReadPod, type InForce, type PodDecision } from "./decide.ts";
import { podOf } from "./pods.ts";
import type { StatefulSet } from "./shape.ts";

/**
 * What would become of the pod of one ordinal, created as the controller creates it.
 * @param revision as podOf has it
 */
export function play(
  set: StatefulSet,
  namespace: string,
  ordinal: number,
  { revision, ...force }: InForce & { revision?: string },
): PodDecision {
  const [username = ""] = force.settings.controllerUsers;
  return decideOnReadPod(podOf(set, namespace, ordinal, revision), { namespace, username }, force);
}
