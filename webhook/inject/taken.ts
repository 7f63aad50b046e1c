// What a pod has already under names and paths that are ours.
import { MARKER_MOUNT, RUNNER_MOUNT } from "../../init/contract/places.ts";
import type { Work } from "../profiles/compile.ts";
import { RUNNER_VOLUME } from "./names.ts";
import type { Container, Pod } from "./shape.ts";

/** Names and paths of ours that the pod uses for something else, or null. */
export function whatIsTaken(pod: Pod, app: Container, markerVolume: string): string | null {
  const volume = (pod.spec.volumes ?? []).find(({ name }) => name === RUNNER_VOLUME);
  if (volume !== undefined && runnerOf(pod) === null) {
    return `the pod has a volume ${RUNNER_VOLUME} that is neither emptyDir nor image; that name is Rollcall's, rename yours`;
  }
  const ours: Readonly<Record<string, string>> = {
    [RUNNER_MOUNT]: RUNNER_VOLUME,
    [MARKER_MOUNT]: markerVolume,
  };
  for (const { name, mountPath } of app.volumeMounts ?? []) {
    const expected = ours[mountPath];
    if (expected !== undefined && expected !== name) {
      return `container ${app.name} mounts volume ${name} at ${mountPath}; that path is Rollcall's, move your mount`;
    }
  }
  return null;
}

/** How a pod has the runner already, or null. */
export function runnerOf(pod: Pod): Work["runner"] | null {
  const volume = (pod.spec.volumes ?? []).find(({ name }) => name === RUNNER_VOLUME);
  if (volume === undefined) return null;
  if ("emptyDir" in volume) return "copy";
  return "image" in volume ? "image" : null;
}

export function isForWindows({ spec }: Pod): boolean {
  return spec.os?.name === "windows" || spec.nodeSelector?.["kubernetes.io/os"] === "windows";
}
