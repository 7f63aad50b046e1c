// Builds the operations that add Rollcall's init containers and volumes to a pod.
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
  buildInstallContainer,
  diffContainer,
  fillEnv,
} from "./initContainer.ts";
import { buildInitMounts, buildVolumes } from "./mounts.ts";
import type { RunnerPlacement } from "./placeRunner.ts";
import { isInPlace, isRollcallContainer, type PositionRange } from "./position.ts";
import { computeRunnerResources } from "./resources.ts";
import type { InitImage } from "./settings.ts";

interface AddInput {
  pod: Pod;
  image: InitImage;
  app: ContainerTarget;
  /** the application's env after injection */
  env: readonly EnvVar[];
  placed: RunnerPlacement;
}

export interface ContainerChanges {
  readonly operations: readonly PatchOperation[];
  readonly warnings: readonly string[];
}

/** Adds missing init containers and volumes, completes init containers of an earlier pass, and moves them if needed. */
export function addContainers({ pod, image, app, env, placed }: AddInput): ContainerChanges | Denial {
  const present = pod.spec.initContainers ?? [];
  const { runner, needs } = placed;
  const missing: Container[] = [];
  const operations: PatchOperation[][] = [];
  const built = buildRollcallContainers({ pod, image, app, env, placed });
  for (const wanted of built.containers) {
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
    : moveToPosition(present, placed.place);
  return {
    operations: [
      ...operations.flat(),
      // the paths above are of the current list, so moves and insertions come after them
      ...moved.operations,
      ...insertMissing(pod, moved.list, missing, { app, env, place: placed.place }),
      ...insertAll(["spec", "volumes"], volumes, lackingVolumes),
    ],
    warnings: built.warnings,
  };
}

/** Rollcall's init containers in order, and warnings about their resources. */
function buildRollcallContainers({ pod, image, app, env, placed }: AddInput): {
  containers: Container[];
  warnings: readonly string[];
} {
  const { work, runner, needs, plan } = placed;
  const { container } = app;
  const present = pod.spec.initContainers ?? [];
  const first = present.findIndex(isRollcallContainer);
  const index = first < 0 || !isInPlace(present, placed.place) ? placed.place.at : first;
  const resources = computeRunnerResources({ pod, app, index, configured: work.resources, runner });
  const init = {
    app: container,
    env,
    plan,
    resources: resources.init,
    mounts: buildInitMounts(needs),
    keepsEntrypoint: work.keepsEntrypoint === true,
  };
  const install = runner === "copy" ? [buildInstallContainer(image, pod, container, resources.install)] : [];
  return { containers: [...install, buildInitContainer(init)], warnings: resources.warnings };
}

/** Moves Rollcall's init containers back to their position, with everything that other webhooks have added to them. */
function moveToPosition(
  present: readonly Container[],
  { at }: PositionRange,
): { operations: PatchOperation[]; list: Container[] } {
  const list = [...present];
  const moving = [INSTALL_CONTAINER, INIT_CONTAINER].flatMap(
    (each) => list.find(({ name }) => name === each) ?? [],
  );
  // each is moved directly after `before`
  let before = list.filter((each) => !isRollcallContainer(each))[at - 1];
  const operations = moving.map((each) => {
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
 * Inserts missing init containers. The application's env is copied into rollcall-init afterwards.
 * @param list the init containers after the preceding operations
 */
function insertMissing(
  pod: Pod,
  list: readonly Container[],
  missing: readonly Container[],
  { app, env, place }: Pick<AddInput, "app" | "env"> & { place: PositionRange },
): PatchOperation[] {
  const parts = ["spec", "initContainers"];
  const index = findInsertionIndex(missing, list, place.at);
  // an application that is an init container itself may have moved
  const before = list.findIndex(({ name }) => name === app.container.name);
  const after = before >= index ? before + missing.length : before;
  const target = app.list === "initContainers" ? { ...app, index: after } : app;
  const from: AppEnv = { parts: [...buildContainerPath(target), "env"], env };
  const at = missing.findIndex(({ name }) => name === INIT_CONTAINER);
  const init = missing[at];
  const bare = missing.map(({ env: own, ...rest }) =>
    rest.name === INIT_CONTAINER ? rest : { ...rest, env: own },
  );
  return [
    ...insertAll(parts, pod.spec.initContainers ?? undefined, bare, index),
    ...(init === undefined ? [] : fillEnv([...parts, index + at], init, from)),
  ];
}

/** The wanted position; but if only one of the two is missing, directly next to the other. */
function findInsertionIndex(
  missing: readonly Container[],
  present: readonly Container[],
  at: number,
): number {
  const [only, ...more] = missing;
  const other = present.findIndex(({ name }) => name === OTHER.get(only?.name ?? ""));
  if (only === undefined || more.length > 0 || other < 0) return at;
  return only.name === INSTALL_CONTAINER ? other : other + 1;
}

const OTHER: ReadonlyMap<string, string> = new Map([
  [INSTALL_CONTAINER, INIT_CONTAINER],
  [INIT_CONTAINER, INSTALL_CONTAINER],
]);

/** Adds the runner's volume to the volumes in the annotation, so that the pod does not block the cluster autoscaler. */
export function allowEviction({ metadata: { annotations } }: Pod): PatchOperation[] {
  const named = annotations?.[EVICTABLE_VOLUMES] ?? "";
  // the autoscaler splits at commas and does not trim spaces
  if (named.split(",").includes(RUNNER_VOLUME)) return [];
  const value = named === "" ? RUNNER_VOLUME : `${named},${RUNNER_VOLUME}`;
  return annotations
    ? [add(["metadata", "annotations", EVICTABLE_VOLUMES], value)]
    : [add(["metadata", "annotations"], { [EVICTABLE_VOLUMES]: value })];
}
