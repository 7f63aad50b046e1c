// The work of a profile in a pod: whether and where it has its place.
import { PLAN_ENV } from "../../init/contract/places.ts";
import { type Denial, deny } from "../denials/codes.ts";
import { INIT_CONTAINER, REVISION_LABEL } from "../kubernetes/names.ts";
import type { Pod } from "../kubernetes/objects.ts";
import { listNames } from "../kubernetes/shorten.ts";
import type { Target } from "../kubernetes/target.ts";
import type { Work } from "../profiles/profile.ts";
import { type PlanInput, planText } from "./buildPlan.ts";
import { identityIn, isPlanOf } from "./carriedPlan.ts";
import { isForWindows, runnerOf, whatIsTaken } from "./nameConflicts.ts";
import { type Place, placeFor } from "./position.ts";
import { type Needs, needsOf } from "./runnerRequirements.ts";

/** The plan and the places that the init containers need. */
export interface Placed {
  plan: string;
  work: Work;
  needs: Needs;
  /** how the runner gets into the pod: as the pod has it already, else as the profile says */
  runner: Work["runner"];
  place: Place;
}

type PlaceInput = Pick<PlanInput, "profile" | "work" | "member" | "nodeId"> & { pod: Pod; app: Target };

/** Where the work goes in a pod, or why it has no place there; `pending`: what it needs is not there (yet). */
export function placeWork(input: PlaceInput): Placed | Denial | { pending: Denial } {
  const { pod, profile, work, app } = input;
  if (isForWindows(pod)) {
    return deny(
      "windows-pod",
      `profile ${profile.name} has steps, and their runner runs on Linux only; numbers alone work on Windows, too: ` +
        `pick a profile without steps and without a scaleDown.policy Managed or Drained`,
    );
  }
  const needs = needsOf(profile, work, app.container);
  const volumes = (pod.spec.volumes ?? []).map(({ name }) => name);
  if (needs.markerVolume !== null && !volumes.includes(needs.markerVolume)) {
    const missing =
      `profile ${profile.name} keeps its markers on volume ${needs.markerVolume}, but the pod's volumes are: ${listNames(volumes)}; ` +
      `add a volume claim template of that name or change the profile's markers.volume`;
    return { pending: deny("marker-volume-not-found", missing) };
  }
  const place = placeFor({ pod, work, app: app.container, containers: profile.containers });
  const taken = whatIsTaken(pod, app.container, needs.markerVolume);
  if (taken !== null) return deny("name-conflict", taken);
  const plan = planFor(input, needs);
  return typeof plan === "string" ? { plan, work, needs, runner: runnerOf(pod) ?? work.runner, place } : plan;
}

/** The plan that the pod has already, where it is this pod's: another webhook may have renamed images since. */
function planFor(input: PlaceInput, { api }: Needs): string | Denial {
  const { pod, member, nodeId, app } = input;
  const isMine = (plan: ReturnType<typeof identityIn>): boolean =>
    isPlanOf(plan, { ...member, workload: member.statefulSet, nodeId });
  // `leave` in the application container would carry out whatever stands there
  const isSet = app.container.env?.some(({ name }) => name === PLAN_ENV) === true;
  if (isSet && !isMine(identityIn(app.container))) {
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
  const there = identityIn(present);
  if (there !== null && isMine(there)) return there.text;
  return deny(
    "name-conflict",
    `the pod has an init container ${INIT_CONTAINER} without this pod's plan; that name is Rollcall's, rename yours`,
  );
}
