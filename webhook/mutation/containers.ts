// The operations that put the work of a profile into a pod: our init containers and volumes, as far as they are missing.
import { add, insertAll, move, type Operation } from "../admission/answer.ts";
import type { Denial } from "../denials/codes.ts";
import { EVICTABLE_VOLUMES, INIT_CONTAINER, INSTALL_CONTAINER, RUNNER_VOLUME } from "../kubernetes/names.ts";
import { type Container, type EnvVar, type Pod, pathOf, type Target } from "../kubernetes/objects.ts";
import { roomLater } from "./copyStorage.ts";
import { type AppEnv, fillEnv, initContainer, installContainer, lacking } from "./initContainer.ts";
import { initMounts, ourVolumes } from "./mounts.ts";
import type { Placed } from "./placeRunner.ts";
import { isInPlace, isOurs, type Place } from "./position.ts";
import { ourResources } from "./resources.ts";
import type { InitImage } from "./settings.ts";

interface AddInput {
  pod: Pod;
  image: InitImage;
  app: Target;
  /** the application's env as it will be */
  env: readonly EnvVar[];
  placed: Placed;
}

export interface Added {
  readonly operations: readonly Operation[];
  readonly warnings: readonly string[];
}

/** Our init containers and volumes, as far as they are missing; what is there gets what it lacks. */
export function addContainers({ pod, image, app, env, placed }: AddInput): Added | Denial {
  const present = pod.spec.initContainers ?? [];
  const { runner, needs } = placed;
  const missing: Container[] = [];
  const operations: Operation[][] = [];
  const ours = wantedIn({ pod, image, app, env, placed });
  for (const wanted of ours.containers) {
    const index = present.findIndex(({ name }) => name === wanted.name);
    const now = present[index];
    const from = { parts: [...pathOf(app), "env"], env };
    if (now === undefined) {
      missing.push(wanted);
      continue;
    }
    const lacks = lacking(["spec", "initContainers", index], now, wanted, from);
    if ("rule" in lacks) return lacks;
    operations.push(lacks, roomLater(["spec", "initContainers", index], now, wanted));
  }
  const volumes = pod.spec.volumes ?? undefined;
  const volumeNames = new Set(volumes?.map(({ name }) => name));
  const lackingVolumes = ourVolumes(needs, runner, image).filter(({ name }) => !volumeNames.has(name));
  const moved = isInPlace(present, placed.place)
    ? { operations: [], list: present }
    : moveOurs(present, placed.place);
  return {
    operations: [
      ...operations.flat(),
      // the paths above are of the list as it is: what is put before them comes after them
      ...moved.operations,
      ...insertMissing(pod, moved.list, missing, { app, env, place: placed.place }),
      ...insertAll(["spec", "volumes"], volumes, lackingVolumes),
    ],
    warnings: ours.warnings,
  };
}

/** Ours, in their order, and what is to be told of them. */
function wantedIn({ pod, image, app, env, placed }: AddInput): {
  containers: Container[];
  warnings: readonly string[];
} {
  const { work, runner, needs, plan } = placed;
  const { container } = app;
  const present = pod.spec.initContainers ?? [];
  const there = present.findIndex(isOurs);
  // all before the first of ours are others
  const index = there < 0 || !isInPlace(present, placed.place) ? placed.place.at : there;
  const resources = ourResources({ pod, app, index, asked: work.resources, runner });
  const init = {
    app: container,
    env,
    plan,
    resources: resources.init,
    mounts: initMounts(needs),
    keepsEntrypoint: work.keepsEntrypoint === true,
  };
  const install = runner === "copy" ? [installContainer(image, pod, container, resources.install)] : [];
  return { containers: [...install, initContainer(init)], warnings: resources.warnings };
}

/** Brings what is there of ours back to its place, with all that others have given it. */
function moveOurs(
  present: readonly Container[],
  { at }: Place,
): { operations: Operation[]; list: Container[] } {
  const list = [...present];
  const ours = [INSTALL_CONTAINER, INIT_CONTAINER].flatMap(
    (each) => list.find(({ name }) => name === each) ?? [],
  );
  // each comes right behind what is to be before it
  let before = list.filter((each) => !isOurs(each))[at - 1];
  const operations = ours.map((each) => {
    const from = list.indexOf(each);
    list.splice(from, 1);
    const to = before === undefined ? 0 : list.indexOf(before) + 1;
    list.splice(to, 0, each);
    before = each;
    return move(["spec", "initContainers"], from, to);
  });
  return { operations, list };
}

/**
 * Puts them there in one place, without the application's env, which is copied once they are.
 * @param list the init containers as they are by then
 */
function insertMissing(
  pod: Pod,
  list: readonly Container[],
  missing: readonly Container[],
  { app, env, place }: Pick<AddInput, "app" | "env"> & { place: Place },
): Operation[] {
  const parts = ["spec", "initContainers"];
  const index = indexOfMissing(missing, list, place.at);
  // where the application is an init container itself, it has moved by then
  const now = list.findIndex(({ name }) => name === app.container.name);
  const then = now >= index ? now + missing.length : now;
  const whole = app.list === "initContainers" ? { ...app, index: then } : app;
  const from: AppEnv = { parts: [...pathOf(whole), "env"], env };
  const at = missing.findIndex(({ name }) => name === INIT_CONTAINER);
  const init = missing[at];
  const bare = missing.map(({ env: ours, ...rest }) =>
    rest.name === INIT_CONTAINER ? rest : { ...rest, env: ours },
  );
  return [
    ...insertAll(parts, pod.spec.initContainers ?? undefined, bare, index),
    ...(init === undefined ? [] : fillEnv([...parts, index + at], init, from)),
  ];
}

/** Where the place says; but if only one of the two is missing, right beside the other. */
function indexOfMissing(missing: readonly Container[], present: readonly Container[], at: number): number {
  const [only, ...more] = missing;
  const other = present.findIndex(({ name }) => name === OTHER.get(only?.name ?? ""));
  if (only === undefined || more.length > 0 || other < 0) return at;
  return only.name === INSTALL_CONTAINER ? other : other + 1;
}

const OTHER: ReadonlyMap<string, string> = new Map([
  [INSTALL_CONTAINER, INIT_CONTAINER],
  [INIT_CONTAINER, INSTALL_CONTAINER],
]);

/** Names the runner's volume in the annotation, behind what the owner has there. */
export function letEvict({ metadata: { annotations } }: Pod): Operation[] {
  const named = annotations?.[EVICTABLE_VOLUMES] ?? "";
  // the autoscaler splits at commas and takes no spaces off
  if (named.split(",").includes(RUNNER_VOLUME)) return [];
  const value = named === "" ? RUNNER_VOLUME : `${named},${RUNNER_VOLUME}`;
  return annotations
    ? [add(["metadata", "annotations", EVICTABLE_VOLUMES], value)]
    : [add(["metadata", "annotations"], { [EVICTABLE_VOLUMES]: value })];
}
