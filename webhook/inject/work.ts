// The work of a profile in a pod: the plan, the runner's volume and our two init containers.
import { MARKER_MOUNT, RUNNER_MOUNT } from "../../init/contract/places.ts";
import { add, insertAll, type Operation } from "../admission/patch.ts";
import { type Denial, deny } from "./codes.ts";
import { initContainer, lacking } from "./init.ts";
import { installContainer } from "./install.ts";
import { INIT_CONTAINER, INSTALL_CONTAINER, RUNNER_VOLUME } from "./names.ts";
import { type PlanInput, planText } from "./plan.ts";
import { identityIn } from "./planIn.ts";
import type { InitImage } from "./settings.ts";
import type { Container, EnvVar, Pod } from "./shape.ts";
import type { Target } from "./targets.ts";

/** The plan and the places that the init containers need. */
export interface Placed {
  plan: string;
  volume: string;
}

/** Where the work goes in a pod, or why it has no place there. */
export function placeWork(input: Omit<PlanInput, "image"> & { pod: Pod; app: Target }): Placed | Denial {
  const { pod, member, profile, work, app, nodeId } = input;
  const volumes = pod.spec.volumes ?? [];
  if (!volumes.some(({ name }) => name === work.volume)) {
    const there = volumes.map(({ name }) => name).join(", ") || "none";
    return deny(
      "marker-volume-missing",
      `profile ${profile.name} keeps its markers on volume ${work.volume}, but the pod's volumes are: ${there}; ` +
        `add a volume claim template of that name or change the profile's markers.volume`,
    );
  }
  const taken = whatIsTaken(pod, app.container, work.volume);
  if (taken !== null) return deny("name-taken", taken);

  const plan = planText({ profile, work, member, nodeId, image: app.container.image ?? "" });
  if (typeof plan !== "string") return plan;
  // a plan that is there already and is this pod's stays as it is: another webhook may have renamed images
  const present = (pod.spec.initContainers ?? []).find(({ name }) => name === INIT_CONTAINER);
  if (present === undefined) return { plan, volume: work.volume };
  const there = identityIn(present);
  if (there?.pod === member.pod && there.nodeId === nodeId && there.namespace === member.namespace) {
    return { plan: there.text, volume: work.volume };
  }
  return deny(
    "name-taken",
    `the pod has an init container ${INIT_CONTAINER} without this pod's plan; that name is Rollcall's, rename yours`,
  );
}

/** Names and paths of ours that the pod uses for something else, or null. */
function whatIsTaken(pod: Pod, app: Container, markerVolume: string): string | null {
  const volume = (pod.spec.volumes ?? []).find(({ name }) => name === RUNNER_VOLUME);
  if (volume !== undefined && !("emptyDir" in volume)) {
    return `the pod has a volume ${RUNNER_VOLUME} that is no emptyDir; that name is Rollcall's, rename yours`;
  }
  const ours: Readonly<Record<string, string>> = {
    [RUNNER_MOUNT]: RUNNER_VOLUME,
    [MARKER_MOUNT]: markerVolume,
  };
  for (const { name, mountPath } of app.volumeMounts ?? []) {
    const expected = ours[mountPath];
    if (expected !== undefined && expected !== name) {
      return `container ${app.name} mounts volume ${name} at ${mountPath}; that path is Rollcall's, move your mount`;
    }
  }
  return null;
}

/** Our init containers and the runner's volume, as far as they are missing. */
export function addContainers(given: {
  pod: Pod;
  image: InitImage;
  app: Container;
  env: readonly EnvVar[];
  placed: Placed;
}): Operation[] {
  const { pod, image, app, env, placed } = given;
  const present = pod.spec.initContainers ?? [];
  const install = installContainer(image, pod, app);
  const init = initContainer({ app, env, plan: placed.plan, markerVolume: placed.volume });
  const operations: Operation[] = [];
  const missing: Container[] = [];
  for (const wanted of [install, init]) {
    const index = present.findIndex(({ name }) => name === wanted.name);
    const now = present[index];
    if (now === undefined) missing.push(wanted);
    else operations.push(...lacking(["spec", "initContainers", index], now, wanted));
  }
  // the paths above are of the list as it is: what is put before them comes after them
  operations.push(
    ...insertAll(
      ["spec", "initContainers"],
      pod.spec.initContainers ?? undefined,
      missing,
      placeOf(missing, present),
    ),
  );
  if (!(pod.spec.volumes ?? []).some(({ name }) => name === RUNNER_VOLUME)) {
    operations.push(add(["spec", "volumes", "-"], { name: RUNNER_VOLUME, emptyDir: { sizeLimit: "256Mi" } }));
  }
  return operations;
}

/** First of all; but if only the second of ours is missing, right behind the first. */
function placeOf(missing: readonly Container[], present: readonly Container[]): number {
  const install = present.findIndex(({ name }) => name === INSTALL_CONTAINER);
  return missing.length === 1 && missing[0]?.name === INIT_CONTAINER && install >= 0 ? install + 1 : 0;
}
