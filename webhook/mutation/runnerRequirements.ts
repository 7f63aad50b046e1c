// What a plan needs in a pod beside the runner itself: the markers' volume, a token for the API server, keys for S3.
// A pure look at profile and application container; mounts.ts makes volumes and mounts of it.
import { POD_TOKEN_MOUNT, S3_MOUNT, TOKEN_MOUNT } from "../../init/contract/places.ts";
import { needsRecord, type Plan } from "../../init/contract/plan.ts";
import type { Container } from "../kubernetes/objects.ts";
import type { Profile, Work } from "../profiles/profile.ts";
import { isLeft } from "../profiles/scaleDown.ts";

export interface Needs {
  /** the pod's volume that keeps the markers; null: they are in S3 alone */
  markerVolume: string | null;
  /** where the runner finds a token; null: it asks the API server for nothing */
  api: Plan["api"];
  /** the Secret with the keys for S3 that is to be mounted; null: none is */
  s3Secret: string | null;
  /** the application container leaves, in its preStop or by `drain`, or is a ring's member: it needs what the runner needs */
  appLeaves: boolean;
  /** commands that change something are run in it, so that it has to know whether it is the pod of its plan */
  appActs: boolean;
  /** files of the profile that the runner reads, too */
  files: Profile["files"];
}

export function needsOf(
  { drop, files, ring, pods }: Pick<Profile, "drop" | "files" | "ring" | "pods">,
  work: Work,
  app: Container,
): Needs {
  const { markers, s3, steps } = work;
  const appLeaves = isLeft(drop.policy) || ring !== null;
  return {
    markerVolume: markers.store === "s3" ? null : markers.volume,
    api: needsRecord({ steps, drop: drop.policy, ring: ring ?? undefined })
      ? { folder: tokenFolder(app) }
      : null,
    s3Secret: s3?.keys.from === "secret" ? s3.keys.secret : null,
    appLeaves,
    appActs: appLeaves || pods.hasAppCommands === true,
    files,
  };
}

/** The application's own token is as good as one of ours, and there already (facts/cluster.md). */
function tokenFolder({ volumeMounts }: Container): string {
  const isThere = (volumeMounts ?? []).some(({ mountPath }) => mountPath === POD_TOKEN_MOUNT);
  return isThere ? POD_TOKEN_MOUNT : TOKEN_MOUNT;
}

/** S3 as the plan tells it: where the pod finds the keys, never the keys. */
export function s3In({ s3 }: Work): Plan["s3"] {
  if (s3 === null) return null;
  const { place, keys } = s3;
  return { ...place, credentials: keys.from === "secret" ? { from: "files", folder: S3_MOUNT } : keys };
}
