// The operations that put the work of a profile into a pod: our init containers and volumes, as far as they are missing.
import { add, insertAll, move, type PatchOperation } from "../admission/answer.ts";
import type { Denial } from "../denials/codes.ts";
import { EVICTABLE_VOLUMES, INIT_CONTAINER, INSTALL_CONTAINER, RUNNER_VOLUME } from "../kubernetes/names.ts";
import {
  buildContainerPath,
  type Container,
  type ContainerTarget,
  type EnvVar,
  type Pod,
} from "../kubernetes/objects.ts";
import { raiseStorageForCopy } from "./copyStorage.ts";
import {
  type AppEnv,
  buildInitContainer,
  diffContainer,
  fillEnv,
  installContainer,
} from "./initContainer.ts";
import { buildInitMounts, buildVolumes } from "./mounts.ts";
import type { RunnerPlacement } from "./placeRunner.ts";
import { isInPlace, isOurs, type PositionRange } from "./position.ts";
import { computeRunnerResources } from "./resources.ts";
import type { InitImage } from "./settings.ts";

interface AddInput {
  pod: Pod;
  image: InitImage;
  app: ContainerTarget;
  /** the application's env as it will be */
  env: readonly EnvVar[];
  placed: RunnerPlacement;
}

export interface ContainerChanges {
  readonly operations: readonly PatchOperation[];
  readonly warnings: readonly string[];
}

/** Our init containers and volumes, as far as they are missing; what is there gets what it lacks. */
export function addContainers({ pod, image, app, env, placed }: AddInput): ContainerChanges | Denial {
  const present = pod.spec.initContainers ?? [];
  const { runner, needs } = placed;
  const missing: Container[] = [];
  const operations: PatchOperation[][] = [];
  const ours = wantedIn({ pod, image, app, env, placed });
  for (const wanted of ours.containers) {
    const index = present.findIndex(({ name }) => name === wanted.name);
    const now = present[index];
    const from = { parts: [...buildContainerPath(app), "env"], env };
    if (now === undefined) {
      missing.push(wanted);
      continue;
    }
    const lacks = diffContainer(["spec", "initContainers", index], now, wanted, from);
    if ("rule" in lacks) return lacks;
    operations.push(lacks, raiseStorageForCopy(["spec", "initContainers", index], now, wanted));
  }
  const volumes = pod.spec.volumes ?? undefined;
  const volumeNames = new Set(volumes?.map(({ name }) => name));
  const lackingVolumes = buildVolumes(needs, runner, image).filter(({ name }) => !volumeNames.has(name));
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
  const resources = computeRunnerResources({ pod, app, index, asked: work.resources, runner });
  const init = {
    app: container,
    env,
    plan,
    resources: resources.init,
    mounts: buildInitMounts(needs),
    keepsEntrypoint: work.keepsEntrypoint === true,
  };
  const install = runner === "copy" ? [installContainer(image, pod, container, resources.install)] : [];
  return { containers: [...install, buildInitContainer(init)], warnings: resources.warnings };
}

/** Brings what is there of ours back to its place, with all that others have given it. */
function moveOurs(
  present: readonly Container[],
  { at }: PositionRange,
): { operations: PatchOperation[]; list: Container[] } {
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
  { app, env, place }: Pick<AddInput, "app" | "env"> & { place: PositionRange },
): PatchOperation[] {
  const parts = ["spec", "initContainers"];
  const index = indexOfMissing(missing, list, place.at);
  // where the application is an init container itself, it has moved by then
  const now = list.findIndex(({ name }) => name === app.container.name);
  const then = now >= index ? now + missing.length : now;
  const whole = app.list === "initContainers" ? { ...app, index: then } : app;
  const from: AppEnv = { parts: [...buildContainerPath(whole), "env"], env };
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
export function allowEviction({ metadata: { annotations } }: Pod): PatchOperation[] {
  const named = annotations?.[EVICTABLE_VOLUMES] ?? "";
  // the autoscaler splits at commas and takes no spaces off
  if (named.split(",").includes(RUNNER_VOLUME)) return [];
  const value = named === "" ? RUNNER_VOLUME : `${named},${RUNNER_VOLUME}`;
  return annotations
    ? [add(["metadata", "annotations", EVICTABLE_VOLUMES], value)]
    : [add(["metadata", "annotations"], { [EVICTABLE_VOLUMES]: value })];
}
