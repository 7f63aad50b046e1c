// The validating twin: after all webhooks, does the pod still hold what injection promised? It denies only what
// would break the promise; what else others have changed is theirs
// (docs/research/kubernetes-admission.md#reinvocation).
import { PLAN_ENV, RUNNER_MOUNT } from "../../init/contract/places.ts";
import { type Denial, deny } from "../denials/codes.ts";
import { INIT_CONTAINER, INSTALL_CONTAINER, RUNNER_VOLUME } from "../kubernetes/names.ts";
import type { Container, Pod, PodIdentity } from "../kubernetes/objects.ts";
import { listNames } from "../kubernetes/shorten.ts";
import type { Profile, RunnerSpec } from "../profiles/profile.ts";
import { isPlanOf, readPlanIdentity } from "./carriedPlan.ts";
import { describeEnvValue } from "./env.ts";
import { detectRunnerDelivery } from "./placeRunner.ts";
import { computeNodeId, formatNodeIdValue } from "./podIdentity.ts";
import { describePlace, isInPlace, placeFor } from "./position.ts";
import { leavesByPreStop } from "./preStop.ts";

/** Why a pod may not be stored as it has become, or null. */
export function findInjectionFault(pod: Pod, member: PodIdentity, profile: Profile): Denial | null {
  const nodeId = computeNodeId(member, profile);
  if (typeof nodeId !== "string") return nodeId;
  const lost = lostNumber(pod, profile, formatNodeIdValue(member, profile, nodeId));
  if (lost !== null || profile.work === null) return lost;
  return (
    lostWork(pod, member, nodeId) ??
    lostPlace(pod, profile, profile.work) ??
    lostLeave(pod, member, profile, nodeId)
  );
}

const MOST_VALUES = 3;

const BLAME =
  "another webhook has changed the pod after ours (kubectl get mutatingwebhookconfigurations), or ours was not called; " +
  "while an edit of the profile reaches all replicas of Rollcall, the controller's next try passes";

function lostNumber(pod: Pod, profile: Profile, number: string): Denial | null {
  const { env } = profile.nodeId;
  for (const name of profile.containers) {
    const container = listAllContainers(pod).find((each) => each.name === name);
    const values = (container?.env ?? []).filter((each) => each.name === env);
    if (values.length > 0 && values.every(({ value }) => value === number)) continue;
    const found =
      values.length === 0
        ? "has none"
        : `has ${values.slice(0, MOST_VALUES).map(describeEnvValue).join(" and ")}`;
    return deny("node-id-missing", `container ${name} must have ${env}=${number} but ${found}: ${BLAME}`);
  }
  return null;
}

function lostWork(pod: Pod, member: PodIdentity, nodeId: string): Denial | null {
  const inits = pod.spec.initContainers ?? [];
  const install = inits.findIndex(({ name }) => name === INSTALL_CONTAINER);
  const init = inits.findIndex(({ name }) => name === INIT_CONTAINER);
  const container = inits[init];
  const how = detectRunnerDelivery(pod);
  const hasRunner = how === "image" || (how === "copy" && install >= 0 && install < init);
  if (container === undefined || !hasRunner) {
    const there = listNames(inits.map(({ name }) => name));
    return deny(
      "runner-missing",
      `the pod must have the runner (volume ${RUNNER_VOLUME}; init containers ${INSTALL_CONTAINER}, unless it is an image ` +
        `volume, and then ${INIT_CONTAINER}), but its init containers are: ${there}: ${BLAME}`,
    );
  }
  const plan = readPlanIdentity(container);
  if (isPlanOf(plan, mine(member, nodeId))) return null;
  const found =
    plan === null
      ? "there is none that can be read"
      : `it is that of ${plan.namespace}/${plan.pod}, NodeID ${plan.nodeId}`;
  return deny(
    "plan-missing",
    `${INIT_CONTAINER} must carry this pod's plan in ${PLAN_ENV}, but ${found}: ${BLAME}`,
  );
}

/** Steps that run before what they need is there have no promise to keep. */
function lostPlace(pod: Pod, { name, containers }: Profile, work: RunnerSpec): Denial | null {
  const app = listAllContainers(pod).find((each) => each.name === containers[0]);
  if (app === undefined) return null;
  const input = { pod, work, app, containers };
  const present = pod.spec.initContainers ?? [];
  if (isInPlace(present, placeFor(input))) return null;
  return deny(
    "runner-missing",
    `profile ${name} wants Rollcall's init containers ${describePlace(input)}, but the pod's init containers are: ` +
      `${listNames(present.map((each) => each.name))}: ${BLAME}`,
  );
}

/**
 * Under scaleDown.policy Managed a pod that cannot leave by itself would be gone from under its application. A plan of
 * another policy is that of a profile edit in flight between two replicas, which is no reason to deny.
 */
function lostLeave(pod: Pod, member: PodIdentity, profile: Profile, nodeId: string): Denial | null {
  const init = listAllContainers(pod).find((each) => each.name === INIT_CONTAINER);
  const planned = init === undefined ? null : readPlanIdentity(init);
  if (profile.drop.policy !== "managed" || planned?.drop !== "managed") return null;
  const [name] = profile.containers;
  const container = listAllContainers(pod).find((each) => each.name === name);
  const hasRunner = container?.volumeMounts?.some(({ mountPath }) => mountPath === RUNNER_MOUNT) === true;
  const missing = [
    ...(container !== undefined && leavesByPreStop(container)
      ? []
      : ["a preStop that begins with the runner's leave"]),
    ...(hasRunner ? [] : [`the mount ${RUNNER_MOUNT}`]),
    ...(container !== undefined && isPlanOf(readPlanIdentity(container), mine(member, nodeId))
      ? []
      : [`this pod's plan in ${PLAN_ENV}`]),
  ];
  if (missing.length === 0) return null;
  return deny(
    "leave-hook-missing",
    `with scaleDown.policy Managed container ${name} must leave by its preStop, but it lacks ${missing.join(", ")}: ${BLAME}`,
  );
}

const mine = (member: PodIdentity, nodeId: string) => ({ ...member, workload: member.statefulSet, nodeId });

const listAllContainers = ({ spec }: Pod): Container[] => [
  ...spec.containers,
  ...(spec.initContainers ?? []),
];
