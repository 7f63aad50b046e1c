// Checks that the marker volume keeps files: a step counts as done as long as its marker exists.

import { deny, formatWarning } from "../denials/codes.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import { findVolumeLifetime } from "../kubernetes/volumeLifetime.ts";
import type { MarkerSettings } from "../profiles/markers.ts";
import type { Profile, RunnerSpec } from "../profiles/profile.ts";
import type { SetFinding } from "./setFinding.ts";

/** Rings are left out: the rule metadata-not-persistent checks their volume. */
export function checkMarkerVolume({ spec }: StatefulSet, profile: Profile): SetFinding {
  const { name, work, ring } = profile;
  if (work === null || ring !== null || work.markers.store === "s3") return {};
  const { volume, store } = work.markers;
  const lifetime = findVolumeLifetime(spec, volume);
  const keeps = `profile ${name} keeps its markers on volume ${volume}`;
  const remedy = `Use a volumeClaimTemplate ${volume}, or set the profile's markers to another volume or to {store: S3}.`;
  switch (lifetime?.is) {
    case "unusable":
      return {
        denial: deny("marker-volume-not-persistent", `${keeps}, which is ${lifetime.what}. ${remedy}`),
      };
    case "gone":
      return volume === profile.pods.refilledVolume
        ? {}
        : warn(
            `${keeps}, ${lifetime.what}, which is deleted with the pod: ${describeRepeat(work, store)}. ${remedy}`,
            work,
          );
    case "node":
      return warn(
        `${keeps}, ${lifetime.what}, which stays on its node: when a pod moves to another node, ${describeRepeat(work, store)}. ${remedy}`,
        work,
      );
    case "shared":
      return (spec.replicas ?? 1) <= 1
        ? {}
        : warn(
            `${keeps}, which is ${lifetime.what} for all pods: it must be ReadWriteMany, and all pods share the files that a step ` +
              `writes there. To give each pod its own volume, use a volumeClaimTemplate ${volume}.`,
            work,
          );
    default:
      return {};
  }
}

/** Without steps a lost marker has no effect. */
const warn = (message: string, { steps }: RunnerSpec): SetFinding =>
  steps.length === 0 ? {} : { warnings: [formatWarning("marker-volume-not-persistent", message)] };

/** What a new pod does without a marker on its volume. */
function describeRepeat({ steps }: RunnerSpec, store: MarkerSettings["store"]): string {
  const own = steps.filter(({ scope }) => scope === "pod").map((step) => step.name);
  if (store === "both" || own.length === 0) return "a new pod verifies its steps again";
  return `a new pod runs ${own.length === 1 ? "step" : "steps"} ${own.join(", ")} again`;
}
