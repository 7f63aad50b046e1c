// Where our init containers go among those that are there, and whether they still are there after other webhooks.

import { type Denial, deny, formatWarning } from "../denials/codes.ts";
import { INIT_CONTAINER, INSTALL_CONTAINER } from "../kubernetes/names.ts";
import type { Container, Pod } from "../kubernetes/objects.ts";
import { listNames, shorten } from "../kubernetes/shorten.ts";
import type { RunnerSpec } from "../profiles/profile.ts";

/** The places that ours may have, as counts of other init containers that come before them. */
export interface PositionRange {
  readonly least: number;
  readonly most: number;
  /** where they are put */
  readonly at: number;
  /** why the profile's position cannot be told: its neighbour is not there (yet) */
  readonly missing: Denial | null;
}

export interface PlaceInput {
  /** ours may be among its init containers */
  pod: Pod;
  work: Pick<RunnerSpec, "position" | "sidecars" | "markers">;
  /** the application container, whose mounts ours get, too */
  app: Container;
  /** names of the profile's containers */
  containers: readonly string[];
}

export const isOurs = ({ name }: Container): boolean => name === INSTALL_CONTAINER || name === INIT_CONTAINER;

/** The places that the profile gives ours among the other init containers of a pod. */
export function placeFor(input: PlaceInput): PositionRange {
  const { work } = input;
  const { position } = work;
  const others = othersIn(input);
  const end = others.length;
  switch (position.at) {
    case "last":
      return { least: end, most: end, at: end, missing: null };
    case "first":
      return position.always === true ? placeFirst(work, others) : placePrepared(input, others);
    default: {
      const index = others.findIndex(({ name }) => name === position.name);
      if (index >= 0 && position.at === "before") return { least: 0, most: index, at: index, missing: null };
      if (index >= 0) return { least: index + 1, most: end, at: index + 1, missing: null };
      const missing = neighbourMissing(position, others);
      // most webhooks append theirs
      return { least: 0, most: end, at: position.at === "before" ? 0 : end, missing };
    }
  }
}

/** Behind the last of the named sidecars: a step may need what they serve. Another sidecar before ours takes nothing from it. */
function placeFirst({ sidecars }: PlaceInput["work"], others: readonly Container[]): PositionRange {
  const at = behindSidecars(sidecars, others);
  const next = others.findIndex((each, index) => index >= at && !isSidecar(each));
  return { least: at, most: next < 0 ? others.length : next, at, missing: null };
}

/**
 * Behind what prepares the volumes that ours mount. What must stay so is what prepares the markers' volume: other webhooks
 * mount volumes of theirs into all containers that are there, which says nothing of their order.
 */
function placePrepared(input: PlaceInput, others: readonly Container[]): PositionRange {
  const { work, app } = input;
  const after = behindSidecars(work.sidecars, others);
  const indexes = preparing(input, others);
  const at = Math.max(after, (indexes.at(-1) ?? -1) + 1);
  const marker = new Set(listMarkerVolumes(work));
  const ofMarker = indexes.findLast((index) => writes(others[index], marker)) ?? -1;
  const named = others.findIndex(({ name }) => name === app.name);
  return {
    least: Math.max(after, ofMarker + 1),
    most: Math.max(at, named < 0 ? others.length : named),
    at,
    missing: null,
  };
}

const behindSidecars = (sidecars: readonly string[], others: readonly Container[]): number =>
  others.findLastIndex(({ name }) => sidecars.includes(name)) + 1;

/** Indexes of the init containers that may prepare what ours mount, ascending. */
function preparing({ pod, work, app, containers }: PlaceInput, others: readonly Container[]): number[] {
  const user = pod.spec.securityContext?.runAsUser ?? null;
  const readUser = ({ securityContext }: Container): number | null => securityContext?.runAsUser ?? user;
  const volumes = listMountedVolumes({ pod, work, app });
  // an init container of the profile's is what our steps are for
  const named = others.findIndex(({ name }) => containers.includes(name));
  const end = named < 0 ? others.length : named;
  return others.flatMap((each, index) => {
    if (index >= end || isSidecar(each) || !writes(each, volumes)) return [];
    // where a profile names sidecars its author has looked at the order; who hands a volume over is of another user
    return work.sidecars.length === 0 || readUser(each) !== readUser(app) ? [index] : [];
  });
}

/** A warning where init containers that mount what ours mount come after ours because the profile says so. */
export function placeWarnings(input: PlaceInput, profile: string): string[] {
  const { at, missing } = placeFor(input);
  if (missing !== null) return [];
  const volumes = listMountedVolumes(input);
  const late = othersIn(input)
    .slice(at)
    .filter((each) => !isSidecar(each) && !input.containers.includes(each.name) && writes(each, volumes))
    .map(({ name }) => name);
  const last = late.at(-1);
  if (last === undefined) return [];
  const message =
    `${listNames(late)} ${late.length === 1 ? "comes" : "come"} after Rollcall's init containers, which profile ${profile} puts ` +
    `${describePlace(input)}, and may prepare what those mount; where that is so, set the profile's runner.position to {type: After, container: ${shorten(last)}}`;
  return [formatWarning("runs-before-volume-setup", message)];
}

/** In words where ours are to be. */
export function describePlace({ work: { position, sidecars, markers } }: PlaceInput): string {
  switch (position.at) {
    case "last":
      return "last";
    case "first": {
      const behind = sidecars.length === 0 ? "first" : `first, but after ${listNames(sidecars)}`;
      const isAlone = position.always === true || markers.store === "s3";
      return isAlone ? behind : `${behind}, and after those that mount volume ${markers.volume}`;
    }
    default:
      return `${position.at} ${position.name}`;
  }
}

/** Whether ours are all where the profile wants them; what is missing of them is nowhere. */
export function isInPlace(present: readonly Container[], { least, most }: PositionRange): boolean {
  let before = 0;
  for (const each of present) {
    if (!isOurs(each)) before += 1;
    else if (before < least || before > most) return false;
  }
  return isInOrder(present);
}

/** The runner is copied before it runs. */
function isInOrder(present: readonly Container[]): boolean {
  const ours = present.filter(isOurs);
  return ours.length < 2 || ours[0]?.name === INSTALL_CONTAINER;
}

/** The volumes that ours mount and an init container could write on. */
function listMountedVolumes({ pod, work, app }: Pick<PlaceInput, "pod" | "work" | "app">): Set<string> {
  const names = new Set([
    ...(app.volumeMounts ?? []).map(({ name }) => name),
    ...listDevices(app),
    ...listMarkerVolumes(work),
  ]);
  for (const volume of pod.spec.volumes ?? [])
    if (READ_ONLY.some((source) => source in volume)) names.delete(volume.name);
  return names;
}

const listMarkerVolumes = ({ markers }: PlaceInput["work"]): string[] =>
  markers.store === "s3" ? [] : [markers.volume];

/** Volumes that nobody in the pod can write on. */
const READ_ONLY = ["configMap", "secret", "projected", "downwardAPI", "image"];

/** Whether a container can write on one of these volumes. */
function writes(container: Container | undefined, volumes: ReadonlySet<string>): boolean {
  if (container === undefined) return false;
  const mounted = (container.volumeMounts ?? []).filter(({ readOnly }) => readOnly !== true);
  return [...mounted.map(({ name }) => name), ...listDevices(container)].some((name) => volumes.has(name));
}

const listDevices = ({ volumeDevices }: Container): string[] => (volumeDevices ?? []).map(({ name }) => name);

const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === "Always";

const othersIn = ({ pod }: PlaceInput): Container[] =>
  (pod.spec.initContainers ?? []).filter((each) => !isOurs(each));

function neighbourMissing(
  { at, name }: { at: "before" | "after"; name: string },
  others: readonly Container[],
): Denial {
  const there = listNames(others.map((each) => each.name));
  return deny(
    "position-not-found",
    `the profile puts Rollcall's init containers ${at} ${name}, but the pod's init containers are: ${there}; ` +
      `change the profile's runner.position, or name one that is there`,
  );
}
