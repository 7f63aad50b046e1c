// The work of a profile in a pod: the plan, the runner's volume and our two init containers.
import { add, insertAll, type Operation } from "../admission/patch.ts";
import type { Work } from "../profiles/compile.ts";
import { type Denial, deny } from "./codes.ts";
import { initContainer, lacking } from "./init.ts";
import { installContainer } from "./install.ts";
import { INIT_CONTAINER, INSTALL_CONTAINER, RUNNER_VOLUME } from "./names.ts";
import { type PlanInput, planText } from "./plan.ts";
import { identityIn, isPlanOf } from "./planIn.ts";
import { indexFor } from "./position.ts";
import type { InitImage } from "./settings.ts";
import type { Container, EnvVar, Pod } from "./shape.ts";
import { isForWindows, runnerOf, whatIsTaken } from "./taken.ts";
import type { Target } from "./targets.ts";

/** The plan and the places that the init containers need. */
export interface Placed {
  plan: string;
  work: Work;
  /** how the runner gets into the pod: as the pod has it already, else as the profile says */
  runner: Work["runner"];
  /** where our init containers go among those that are there */
  index: number;
}

/** Where the work goes in a pod, or why it has no place there. */
export function placeWork(input: Omit<PlanInput, "image"> & { pod: Pod; app: Target }): Placed | Denial {
  const { pod, profile, work, app } = input;
  if (isForWindows(pod)) {
    return deny(
      "windows-pod",
      `profile ${profile.name} has steps, and their runner runs on Linux only; numbers alone work on Windows, too`,
    );
  }
  const volumes = (pod.spec.volumes ?? []).map(({ name }) => name);
  if (!volumes.includes(work.volume)) {
    return deny(
      "marker-volume-missing",
      `profile ${profile.name} keeps its markers on volume ${work.volume}, but the pod's volumes are: ${volumes.join(", ") || "none"}; ` +
        `add a volume claim template of that name or change the profile's markers.volume`,
    );
  }
  const index = indexFor(work, pod.spec.initContainers ?? []);
  if (typeof index !== "number") return index;
  const taken = whatIsTaken(pod, app.container, work.volume);
  if (taken !== null) return deny("name-taken", taken);
  const plan = planFor(input);
  return typeof plan === "string" ? { plan, work, runner: runnerOf(pod) ?? work.runner, index } : plan;
}

/** The plan that the pod has already, where it is this pod's: another webhook may have renamed images since. */
function planFor(input: Omit<PlanInput, "image"> & { pod: Pod; app: Target }): string | Denial {
  const { pod, member, nodeId, app } = input;
  const present = (pod.spec.initContainers ?? []).find(({ name }) => name === INIT_CONTAINER);
  if (present === undefined) return planText({ ...input, image: app.container.image ?? "" });
  const there = identityIn(present);
  if (there !== null && isPlanOf(there, { ...member, workload: member.statefulSet, nodeId }))
    return there.text;
  return deny(
    "name-taken",
    `the pod has an init container ${INIT_CONTAINER} without this pod's plan; that name is Rollcall's, rename yours`,
  );
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
  const { work, runner } = placed;
  const install = runner === "copy" ? [installContainer(image, pod, app)] : [];
  const init = initContainer({ app, env, plan: placed.plan, work });
  const operations: Operation[] = [];
  const missing: Container[] = [];
  for (const wanted of [...install, init]) {
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
      indexOfMissing(missing, present, placed.index),
    ),
  );
  if (!(pod.spec.volumes ?? []).some(({ name }) => name === RUNNER_VOLUME)) {
    operations.push(add(["spec", "volumes", "-"], { name: RUNNER_VOLUME, ...runnerSource(runner, image) }));
  }
  return operations;
}

function runnerSource(runner: Work["runner"], { name, pullPolicy }: InitImage): Record<string, unknown> {
  if (runner === "copy") return { emptyDir: { sizeLimit: "256Mi" } };
  return { image: { reference: name, ...(pullPolicy === undefined ? {} : { pullPolicy }) } };
}

/** Where the profile says; but if only the second of ours is missing, right behind the first. */
function indexOfMissing(missing: readonly Container[], present: readonly Container[], index: number): number {
  const install = present.findIndex(({ name }) => name === INSTALL_CONTAINER);
  return missing.length === 1 && missing[0]?.name === INIT_CONTAINER && install >= 0 ? install + 1 : index;
}
