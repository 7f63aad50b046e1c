// The position of Rollcall's init containers among the pod's other ones, and whether other webhooks have changed it.

import { type Denial, deny, formatWarning } from "../denials/codes.ts";
import { INIT_CONTAINER, INSTALL_CONTAINER } from "../kubernetes/names.ts";
import type { Container, Pod } from "../kubernetes/objects.ts";
import { listNames, shorten } from "../kubernetes/shorten.ts";
import type { RunnerSpec } from "../profiles/profile.ts";

/** The allowed positions of Rollcall's init containers, as numbers of other init containers before them. */
export interface PositionRange {
  readonly least: number;
  readonly most: number;
  /** where injection inserts them */
  readonly at: number;
  /** why the position is undetermined: the init container that the profile names is not there (yet) */
  readonly missing: Denial | null;
}

export interface PositionInput {
  /** may have Rollcall's init containers already */
  pod: Pod;
  work: Pick<RunnerSpec, "position" | "sidecars" | "markers">;
  /** the application container, whose mounts rollcall-init copies */
  app: Container;
  /** names of the profile's containers */
  containers: readonly string[];
}

export const isRollcallContainer = ({ name }: Container): boolean =>
  name === INSTALL_CONTAINER || name === INIT_CONTAINER;

/** The positions among the pod's other init containers that the profile allows. */
export function findPosition(input: PositionInput): PositionRange {
  const { work } = input;
  const { position } = work;
  const others = listOthers(input);
  const end = others.length;
  switch (position.at) {
    case "last":
      return { least: end, most: end, at: end, missing: null };
    case "first":
      return position.always === true ? positionFirst(work, others) : positionAfterPreparation(input, others);
    default: {
      const index = others.findIndex(({ name }) => name === position.name);
      if (index >= 0 && position.at === "before") return { least: 0, most: index, at: index, missing: null };
      if (index >= 0) return { least: index + 1, most: end, at: index + 1, missing: null };
      const missing = denyMissingNeighbour(position, others);
      // most webhooks append their init containers
      return { least: 0, most: end, at: position.at === "before" ? 0 : end, missing };
    }
  }
}

/** After the last sidecar that the profile names, since steps may need it. Other sidecars may start earlier, too. */
function positionFirst({ sidecars }: PositionInput["work"], others: readonly Container[]): PositionRange {
  const at = countThroughSidecars(sidecars, others);
  const next = others.findIndex((each, index) => index >= at && !isSidecar(each));
  return { least: at, most: next < 0 ? others.length : next, at, missing: null };
}

/**
 * After the init containers that may prepare a volume that rollcall-init mounts. Only those that prepare the marker volume
 * are enforced after other webhooks: some of these mount their volumes into all containers, regardless of order.
 */
function positionAfterPreparation(input: PositionInput, others: readonly Container[]): PositionRange {
  const { work, app } = input;
  const after = countThroughSidecars(work.sidecars, others);
  const indexes = listPreparing(input, others);
  const at = Math.max(after, (indexes.at(-1) ?? -1) + 1);
  const marker = new Set(listMarkerVolumes(work));
  const lastOfMarker = indexes.findLast((index) => writes(others[index], marker)) ?? -1;
  const named = others.findIndex(({ name }) => name === app.name);
  return {
    least: Math.max(after, lastOfMarker + 1),
    most: Math.max(at, named < 0 ? others.length : named),
    at,
    missing: null,
  };
}

const countThroughSidecars = (sidecars: readonly string[], others: readonly Container[]): number =>
  others.findLastIndex(({ name }) => sidecars.includes(name)) + 1;

/** Indexes of the init containers that may prepare a volume that rollcall-init mounts, ascending. */
function listPreparing(
  { pod, work, app, containers }: PositionInput,
  others: readonly Container[],
): number[] {
  const user = pod.spec.securityContext?.runAsUser ?? null;
  const readUser = ({ securityContext }: Container): number | null => securityContext?.runAsUser ?? user;
  const volumes = listMountedVolumes({ pod, work, app });
  // an init container that the profile names needs the result of the steps, so it runs after them
  const named = others.findIndex(({ name }) => containers.includes(name));
  const end = named < 0 ? others.length : named;
  return others.flatMap((each, index) => {
    if (index >= end || isSidecar(each) || !writes(each, volumes)) return [];
    // If the profile names sidecars, its author has chosen the order. Then only an init container of another user counts:
    // it probably changes the owner of a volume.
    return work.sidecars.length === 0 || readUser(each) !== readUser(app) ? [index] : [];
  });
}

/** Warns if the profile's position puts Rollcall's init containers before others that mount the same volumes. */
export function checkPosition(input: PositionInput, profile: string): string[] {
  const { at, missing } = findPosition(input);
  if (missing !== null) return [];
  const volumes = listMountedVolumes(input);
  const late = listOthers(input)
    .slice(at)
    .filter((each) => !isSidecar(each) && !input.containers.includes(each.name) && writes(each, volumes))
    .map(({ name }) => name);
  const last = late.at(-1);
  if (last === undefined) return [];
  const message =
    `${listNames(late)} ${late.length === 1 ? "runs" : "run"} after Rollcall's init containers, which profile ${profile} puts ` +
    `${describePosition(input)}, and may prepare volumes that they mount. If so, set the profile's runner.position to {type: After, container: ${shorten(last)}}.`;
  return [formatWarning("runs-before-volume-setup", message)];
}

/** The wanted position in words. */
export function describePosition({ work: { position, sidecars, markers } }: PositionInput): string {
  switch (position.at) {
    case "last":
      return "last";
    case "first": {
      const first = sidecars.length === 0 ? "first" : `first, but after ${listNames(sidecars)}`;
      const isAlone = position.always === true || markers.store === "s3";
      return isAlone ? first : `${first}, and after those that mount volume ${markers.volume}`;
    }
    default:
      return `${position.at} ${position.name}`;
  }
}

/** Whether those of Rollcall's init containers that exist are in an allowed position. */
export function isInPlace(present: readonly Container[], { least, most }: PositionRange): boolean {
  let before = 0;
  for (const each of present) {
    if (!isRollcallContainer(each)) before += 1;
    else if (before < least || before > most) return false;
  }
  return isInOrder(present);
}

/** The runner must be copied before it runs. */
function isInOrder(present: readonly Container[]): boolean {
  const ours = present.filter(isRollcallContainer);
  return ours.length < 2 || ours[0]?.name === INSTALL_CONTAINER;
}

/** The volumes that rollcall-init mounts and another init container could write to. */
function listMountedVolumes({ pod, work, app }: Pick<PositionInput, "pod" | "work" | "app">): Set<string> {
  const names = new Set([
    ...(app.volumeMounts ?? []).map(({ name }) => name),
    ...listDevices(app),
    ...listMarkerVolumes(work),
  ]);
  for (const volume of pod.spec.volumes ?? [])
    if (READ_ONLY.some((source) => source in volume)) names.delete(volume.name);
  return names;
}

const listMarkerVolumes = ({ markers }: PositionInput["work"]): string[] =>
  markers.store === "s3" ? [] : [markers.volume];

/** Volumes that no container can write to. */
const READ_ONLY = ["configMap", "secret", "projected", "downwardAPI", "image"];

/** Whether a container can write to one of these volumes. */
function writes(container: Container | undefined, volumes: ReadonlySet<string>): boolean {
  if (container === undefined) return false;
  const mounted = (container.volumeMounts ?? []).filter(({ readOnly }) => readOnly !== true);
  return [...mounted.map(({ name }) => name), ...listDevices(container)].some((name) => volumes.has(name));
}

const listDevices = ({ volumeDevices }: Container): string[] => (volumeDevices ?? []).map(({ name }) => name);

const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === "Always";

const listOthers = ({ pod }: PositionInput): Container[] =>
  (pod.spec.initContainers ?? []).filter((each) => !isRollcallContainer(each));

function denyMissingNeighbour(
  { at, name }: { at: "before" | "after"; name: string },
  others: readonly Container[],
): Denial {
  const present = listNames(others.map((each) => each.name));
  return deny(
    "position-not-found",
    `the profile puts Rollcall's init containers ${at} ${name}, but the pod's init containers are: ${present}. ` +
      `Change the profile's runner.position, or add that init container.`,
  );
}
