// What a pod has already under names and paths that are ours.
import { MARKER_MOUNT, RUNNER_MOUNT, S3_MOUNT, TOKEN_MOUNT } from "../../init/contract/places.ts";
import { RUNNER_VOLUME, S3_VOLUME, TOKEN_VOLUME } from "../kubernetes/names.ts";
import type { Container, Pod } from "../kubernetes/objects.ts";
import { plainPath } from "../kubernetes/paths.ts";
import { shorten } from "../kubernetes/shorten.ts";
import type { Work } from "../profiles/profile.ts";
import { isOurs } from "./position.ts";

/** Names and paths of ours that the pod uses for something else, or null. */
export function whatIsTaken(pod: Pod, app: Container, markerVolume: string | null): string | null {
  for (const volume of pod.spec.volumes ?? []) {
    const sources = SOURCES.get(volume.name);
    if (sources === undefined || sources.some((source) => source in volume)) continue;
    return `the pod has a volume ${volume.name} that is not ${sources.join(" or ")}; that name is Rollcall's, rename yours`;
  }
  // a name is there once in a pod, also across its lists
  const named = pod.spec.containers.find(isOurs);
  if (named !== undefined)
    return `the pod has a container ${named.name}; that name is Rollcall's, rename yours`;
  const ours = [
    { path: RUNNER_MOUNT, volume: RUNNER_VOLUME },
    { path: MARKER_MOUNT, volume: markerVolume },
    { path: TOKEN_MOUNT, volume: TOKEN_VOLUME },
    { path: S3_MOUNT, volume: S3_VOLUME },
  ];
  for (const mount of app.volumeMounts ?? []) {
    const path = plainPath(mount.mountPath);
    const taken = ours.find((each) => isAtOrBelow(path, each.path));
    const isOurs = taken !== undefined && mount.mountPath === taken.path && mount.name === taken.volume;
    if (taken !== undefined && !isOurs) {
      return `container ${app.name} mounts volume ${mount.name} at ${shorten(mount.mountPath)}; ${taken.path} is Rollcall's, move your mount`;
    }
  }
  return null;
}

/** What our volumes can be. */
const SOURCES: ReadonlyMap<string, readonly string[]> = new Map([
  [RUNNER_VOLUME, ["emptyDir", "image"]],
  [TOKEN_VOLUME, ["projected"]],
  [S3_VOLUME, ["secret"]],
]);

const isAtOrBelow = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

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
