// Decides whether a pod can run the steps of its profile, with which plan, and where the runner goes.
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
import { buildPlanText, type PlanInput } from "./buildPlan.ts";
import { isPlanForPod, readPlanIdentity } from "./carriedPlan.ts";
import { findPosition, isRollcallContainer, type PositionRange } from "./position.ts";

/** What the init containers are built from. */
export interface RunnerPlacement {
  plan: string;
  work: RunnerSpec;
  needs: RunnerRequirements;
  /** how the runner gets into the pod: as it did in an earlier pass, otherwise as the profile says */
  runner: RunnerSpec["runner"];
  place: PositionRange;
}

type PlacementInput = Pick<PlanInput, "profile" | "work" | "member" | "nodeId"> & {
  pod: Pod;
  app: ContainerTarget;
};

/** The placement in a pod, or why the pod cannot run the steps; `pending`: another webhook may still add what it lacks. */
export function placeRunner(input: PlacementInput): RunnerPlacement | Denial | { pending: Denial } {
  const { pod, profile, work, app } = input;
  if (isForWindows(pod)) {
    return deny(
      "windows-pod",
      `profile ${profile.name} needs the runner, which needs Linux. Numbers alone also work on Windows: ` +
        `use a profile without steps and with scaleDown.policy Allow or Deny.`,
    );
  }
  const needs = deriveRequirements(profile, work, app.container);
  const volumes = (pod.spec.volumes ?? []).map(({ name }) => name);
  if (needs.markerVolume !== null && !volumes.includes(needs.markerVolume)) {
    const missing =
      `profile ${profile.name} keeps its markers on volume ${needs.markerVolume}, but the pod's volumes are: ${listNames(volumes)}. ` +
      `Add a volumeClaimTemplate of that name, or change the profile's markers.volume.`;
    return { pending: deny("marker-volume-not-found", missing) };
  }
  const place = findPosition({ pod, work, app: app.container, containers: profile.containers });
  const taken = findNameConflict(pod, app.container, needs.markerVolume);
  if (taken !== null) return deny("name-conflict", taken);
  const plan = selectPlan(input, needs);
  return typeof plan === "string"
    ? { plan, work, needs, runner: detectRunnerDelivery(pod) ?? work.runner, place }
    : plan;
}

/** The plan of an earlier pass if it is this pod's, since another webhook may have changed images; otherwise a new one. */
function selectPlan(input: PlacementInput, { api }: RunnerRequirements): string | Denial {
  const { pod, member, nodeId, app } = input;
  const isOwn = (plan: ReturnType<typeof readPlanIdentity>): boolean =>
    isPlanForPod(plan, { ...member, workload: member.statefulSet, nodeId });
  // `leave` in the application container would run a foreign plan
  const isSet = app.container.env?.some(({ name }) => name === PLAN_ENV) === true;
  if (isSet && !isOwn(readPlanIdentity(app.container))) {
    return deny(
      "name-conflict",
      `container ${app.container.name} sets ${PLAN_ENV}, a name that Rollcall reserves. Remove the variable.`,
    );
  }
  const present = (pod.spec.initContainers ?? []).find(({ name }) => name === INIT_CONTAINER);
  if (present === undefined) {
    const revision = pod.metadata.labels?.[REVISION_LABEL] || null;
    return buildPlanText({ ...input, image: app.container.image ?? "", revision, api });
  }
  const carried = readPlanIdentity(present);
  if (carried !== null && isOwn(carried)) return carried.text;
  return deny(
    "name-conflict",
    `the pod has an init container ${INIT_CONTAINER} without this pod's plan, and Rollcall reserves that name. Rename the container.`,
  );
}

export interface RunnerRequirements {
  /** the pod's volume for the markers; null: they are only in S3 */
  markerVolume: string | null;
  /** where the runner finds a token; null: it does not use the API server */
  api: Plan["api"];
  /** the Secret with the S3 credentials to mount; null: none */
  s3Secret: string | null;
  /**
   * the application container runs `leave` or `drain`, or is a member of a ring, or writes the record, so it needs the token
   * that the runner needs
   */
  appAsksApi: boolean;
  /** commands with side effects run in the application container, so they must verify that the plan is this pod's */
  appActs: boolean;
  /** files of the profile; the runner reads them, too */
  files: Profile["files"];
}

export function deriveRequirements(
  { drop, files, ring, pods }: Pick<Profile, "drop" | "files" | "ring" | "pods">,
  work: RunnerSpec,
  app: Container,
): RunnerRequirements {
  const { markers, s3, steps } = work;
  const appLeaves = isLeft(drop.policy) || ring !== null;
  const recordsInApp = pods.recordsInApp === true;
  return {
    markerVolume: markers.store === "s3" ? null : markers.volume,
    api:
      recordsInApp || needsRecord({ steps, drop: drop.policy, ring: ring ?? undefined })
        ? { folder: selectTokenFolder(app) }
        : null,
    s3Secret: s3?.keys.from === "secret" ? s3.keys.secret : null,
    appAsksApi: appLeaves || recordsInApp,
    appActs: appLeaves || pods.hasAppCommands === true,
    files,
  };
}

/**
 * Uses the application's token if it mounts one: a further volume would not help
 * (docs/research/kubernetes-admission.md#reinvocation).
 */
function selectTokenFolder({ volumeMounts }: Container): string {
  const isThere = (volumeMounts ?? []).some(({ mountPath }) => mountPath === POD_TOKEN_MOUNT);
  return isThere ? POD_TOKEN_MOUNT : TOKEN_MOUNT;
}

/** A reserved name or path that the pod uses for something else, as a denial's message; or null. */
export function findNameConflict(pod: Pod, app: Container, markerVolume: string | null): string | null {
  for (const volume of pod.spec.volumes ?? []) {
    const sources = SOURCES.get(volume.name);
    if (sources === undefined || sources.some((source) => source in volume)) continue;
    return `the pod has a volume ${volume.name} that is not ${sources.join(" or ")}, and Rollcall reserves that name. Rename the volume.`;
  }
  // containers and init containers share one namespace of names
  const named = pod.spec.containers.find(isRollcallContainer);
  if (named !== undefined)
    return `the pod has a container ${named.name}, a name that Rollcall reserves. Rename the container.`;
  const reserved = [
    { path: RUNNER_MOUNT, volume: RUNNER_VOLUME },
    { path: MARKER_MOUNT, volume: markerVolume },
    { path: TOKEN_MOUNT, volume: TOKEN_VOLUME },
    { path: S3_MOUNT, volume: S3_VOLUME },
  ];
  for (const mount of app.volumeMounts ?? []) {
    const path = normalizePath(mount.mountPath);
    const taken = reserved.find((each) => isAtOrBelow(path, each.path));
    const isInjected = taken !== undefined && mount.mountPath === taken.path && mount.name === taken.volume;
    if (taken !== undefined && !isInjected) {
      return `container ${app.name} mounts volume ${mount.name} at ${shorten(mount.mountPath)}, and Rollcall reserves ${taken.path}. Use another mountPath.`;
    }
  }
  return null;
}

/** The sources that Rollcall's volumes may have. */
const SOURCES: ReadonlyMap<string, readonly string[]> = new Map([
  [RUNNER_VOLUME, ["emptyDir", "image"]],
  [TOKEN_VOLUME, ["projected"]],
  [S3_VOLUME, ["secret"]],
]);

const isAtOrBelow = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

/** How an earlier pass delivered the runner, or null. */
export function detectRunnerDelivery(pod: Pod): RunnerSpec["runner"] | null {
  const volume = (pod.spec.volumes ?? []).find(({ name }) => name === RUNNER_VOLUME);
  if (volume === undefined) return null;
  if ("emptyDir" in volume) return "copy";
  return "image" in volume ? "image" : null;
}

export function isForWindows({ spec }: Pod): boolean {
  return spec.os?.name === "windows" || spec.nodeSelector?.["kubernetes.io/os"] === "windows";
}
