// The work of a profile in a pod: whether and where it has its place.
import {
  MARKER_MOUNT,
  PLAN_ENV,
  POD_TOKEN_MOUNT,
  RUNNER_MOUNT,
  S3_MOUNT,
  TOKEN_MOUNT,
} from "../../init/contract/places.ts";
import { isLeft, needsRecord, type Plan } from "../../init/contract/plan.ts";
import { type Denial, deny } from "../denials/codes.ts";
import {
  INIT_CONTAINER,
  REVISION_LABEL,
  RUNNER_VOLUME,
  S3_VOLUME,
  TOKEN_VOLUME,
} from "../kubernetes/names.ts";
import { type Container, type ContainerTarget, normalizePath, type Pod } from "../kubernetes/objects.ts";
import { listNames, shorten } from "../kubernetes/shorten.ts";
import type { Profile, RunnerSpec } from "../profiles/profile.ts";
import { type PlanInput, planText } from "./buildPlan.ts";
import { isPlanOf, readPlanIdentity } from "./carriedPlan.ts";
import { isOurs, type PositionRange, placeFor } from "./position.ts";

/** The plan and the places that the init containers need. */
export interface RunnerPlacement {
  plan: string;
  work: RunnerSpec;
  needs: RunnerRequirements;
  /** how the runner gets into the pod: as the pod has it already, else as the profile says */
  runner: RunnerSpec["runner"];
  place: PositionRange;
}

type PlaceInput = Pick<PlanInput, "profile" | "work" | "member" | "nodeId"> & {
  pod: Pod;
  app: ContainerTarget;
};

/** Where the work goes in a pod, or why it has no place there; `pending`: what it needs is not there (yet). */
export function placeRunner(input: PlaceInput): RunnerPlacement | Denial | { pending: Denial } {
  const { pod, profile, work, app } = input;
  if (isForWindows(pod)) {
    return deny(
      "windows-pod",
      `profile ${profile.name} has steps, and their runner runs on Linux only; numbers alone work on Windows, too: ` +
        `pick a profile without steps and without a scaleDown.policy Managed or Drained`,
    );
  }
  const needs = deriveRequirements(profile, work, app.container);
  const volumes = (pod.spec.volumes ?? []).map(({ name }) => name);
  if (needs.markerVolume !== null && !volumes.includes(needs.markerVolume)) {
    const missing =
      `profile ${profile.name} keeps its markers on volume ${needs.markerVolume}, but the pod's volumes are: ${listNames(volumes)}; ` +
      `add a volume claim template of that name or change the profile's markers.volume`;
    return { pending: deny("marker-volume-not-found", missing) };
  }
  const place = placeFor({ pod, work, app: app.container, containers: profile.containers });
  const taken = findNameConflict(pod, app.container, needs.markerVolume);
  if (taken !== null) return deny("name-conflict", taken);
  const plan = planFor(input, needs);
  return typeof plan === "string"
    ? { plan, work, needs, runner: detectRunnerDelivery(pod) ?? work.runner, place }
    : plan;
}

/** The plan that the pod has already, where it is this pod's: another webhook may have renamed images since. */
function planFor(input: PlaceInput, { api }: RunnerRequirements): string | Denial {
  const { pod, member, nodeId, app } = input;
  const isMine = (plan: ReturnType<typeof readPlanIdentity>): boolean =>
    isPlanOf(plan, { ...member, workload: member.statefulSet, nodeId });
  // `leave` in the application container would carry out whatever stands there
  const isSet = app.container.env?.some(({ name }) => name === PLAN_ENV) === true;
  if (isSet && !isMine(readPlanIdentity(app.container))) {
    return deny(
      "name-conflict",
      `container ${app.container.name} sets ${PLAN_ENV} itself; that name is Rollcall's, take it out`,
    );
  }
  const present = (pod.spec.initContainers ?? []).find(({ name }) => name === INIT_CONTAINER);
  if (present === undefined) {
    const revision = pod.metadata.labels?.[REVISION_LABEL] || null;
    return planText({ ...input, image: app.container.image ?? "", revision, api });
  }
  const there = readPlanIdentity(present);
  if (there !== null && isMine(there)) return there.text;
  return deny(
    "name-conflict",
    `the pod has an init container ${INIT_CONTAINER} without this pod's plan; that name is Rollcall's, rename yours`,
  );
}

export interface RunnerRequirements {
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

export function deriveRequirements(
  { drop, files, ring, pods }: Pick<Profile, "drop" | "files" | "ring" | "pods">,
  work: RunnerSpec,
  app: Container,
): RunnerRequirements {
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

/**
 * The application's own token is as good as one of ours, and there already
 * (docs/research/kubernetes-admission.md#reinvocation).
 */
function tokenFolder({ volumeMounts }: Container): string {
  const isThere = (volumeMounts ?? []).some(({ mountPath }) => mountPath === POD_TOKEN_MOUNT);
  return isThere ? POD_TOKEN_MOUNT : TOKEN_MOUNT;
}

/** Names and paths of ours that the pod uses for something else, or null. */
export function findNameConflict(pod: Pod, app: Container, markerVolume: string | null): string | null {
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
    const path = normalizePath(mount.mountPath);
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
export function detectRunnerDelivery(pod: Pod): RunnerSpec["runner"] | null {
  const volume = (pod.spec.volumes ?? []).find(({ name }) => name === RUNNER_VOLUME);
  if (volume === undefined) return null;
  if ("emptyDir" in volume) return "copy";
  return "image" in volume ? "image" : null;
}

export function isForWindows({ spec }: Pod): boolean {
  return spec.os?.name === "windows" || spec.nodeSelector?.["kubernetes.io/os"] === "windows";
}
