// Whether the volume that keeps the markers can keep them: a step counts as done for as long as its marker is there.

import { deny, formatWarning } from "../denials/codes.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import { findVolumeFate } from "../kubernetes/volumeLifetime.ts";
import type { MarkerSettings } from "../profiles/markers.ts";
import type { Profile, RunnerSpec } from "../profiles/profile.ts";
import type { SetFinding } from "./setFinding.ts";

/** The same of a ring is the guard's: metadata-not-persistent. */
export function findMarkerVolume({ spec }: StatefulSet, profile: Profile): SetFinding {
  const { name, work, ring } = profile;
  if (work === null || ring !== null || work.markers.store === "s3") return {};
  const { volume, store } = work.markers;
  const fate = findVolumeFate(spec, volume);
  const keeps = `profile ${name} keeps its markers on volume ${volume}`;
  const remedy = `use a volumeClaimTemplate ${volume}, or set the profile's markers to another volume or to {store: S3}`;
  switch (fate?.is) {
    case "unusable":
      return { denial: deny("marker-volume-not-persistent", `${keeps}, which is ${fate.what}; ${remedy}`) };
    case "gone":
      return volume === profile.pods.refilledVolume
        ? {}
        : warn(`${keeps}, ${fate.what}, which goes with the pod: ${againIn(work, store)}; ${remedy}`, work);
    case "node":
      return warn(
        `${keeps}, ${fate.what}, which stays on its node: where a pod comes to another one, ${againIn(work, store)}; ${remedy}`,
        work,
      );
    case "shared":
      return (spec.replicas ?? 1) <= 1
        ? {}
        : warn(
            `${keeps}, which is ${fate.what} for all pods: it must be ReadWriteMany, and what the step of one pod writes there ` +
              `every pod finds; for a volume of each pod's own use a volumeClaimTemplate ${volume}`,
            work,
          );
    default:
      return {};
  }
}

/** Without steps a marker that is gone is not missed. */
const warn = (message: string, { steps }: RunnerSpec): SetFinding =>
  steps.length === 0 ? {} : { warnings: [formatWarning("marker-volume-not-persistent", message)] };

/** What a new pod does that finds no marker on its volume. */
function againIn({ steps }: RunnerSpec, store: MarkerSettings["store"]): string {
  const own = steps.filter(({ scope }) => scope === "pod").map((step) => step.name);
  if (store === "both" || own.length === 0) return "a new pod verifies its steps again";
  return `a new pod does ${own.length === 1 ? "step" : "steps"} ${own.join(", ")} again`;
}
