// The operations that put the work of a profile into a pod: our init containers and volumes, as far as they are missing.
import { insertAll, type Operation } from "../admission/patch.ts";
import type { Denial } from "./codes.ts";
import { roomLater } from "./copyRoom.ts";
import { type AppEnv, fillEnv, initContainer, lacking } from "./init.ts";
import { installContainer } from "./install.ts";
import { initMounts, ourVolumes } from "./mounts.ts";
import { INIT_CONTAINER, INSTALL_CONTAINER } from "./names.ts";
import { isOurs } from "./podAmounts.ts";
import { ourResources } from "./resources.ts";
import type { InitImage } from "./settings.ts";
import type { Container, EnvVar, Pod } from "./shape.ts";
import { pathOf, type Target } from "./targets.ts";
import type { Placed } from "./work.ts";

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
  return {
    operations: [
      ...operations.flat(),
      // the paths above are of the list as it is: what is put before them comes after them
      ...insertMissing(pod, missing, indexOfMissing(missing, present, placed.index), { app, env }),
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
  const there = (pod.spec.initContainers ?? []).findIndex(isOurs);
  const index = there < 0 ? placed.index : there;
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

/** Puts them there in one place, without the application's env, which is copied once they are. */
function insertMissing(
  pod: Pod,
  missing: readonly Container[],
  index: number,
  { app, env }: Pick<AddInput, "app" | "env">,
): Operation[] {
  const parts = ["spec", "initContainers"];
  // where the application is an init container itself, it has moved by then
  const moved = app.list === "initContainers" && app.index >= index ? missing.length : 0;
  const from: AppEnv = { parts: [...pathOf({ ...app, index: app.index + moved }), "env"], env };
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

/** Where the profile says; but if only one of the two is missing, right beside the other. */
function indexOfMissing(missing: readonly Container[], present: readonly Container[], index: number): number {
  const [only, ...more] = missing;
  if (only === undefined || more.length > 0) return index;
  const other = present.findIndex(({ name }) => name === OTHER.get(only.name));
  if (other < 0) return index;
  return only.name === INSTALL_CONTAINER ? other : other + 1;
}

const OTHER: ReadonlyMap<string, string> = new Map([
  [INSTALL_CONTAINER, INIT_CONTAINER],
  [INIT_CONTAINER, INSTALL_CONTAINER],
]);
