// Verifies after all mutating webhooks that a pod still has what injection gave it. It denies only what would break the
// guarantees of the profile; other changes by other webhooks are allowed
// (docs/research/kubernetes-admission.md#reinvocation).
import { PLAN_ENV, RUNNER_MOUNT } from "../../init/contract/places.ts";
import { type Denial, deny } from "../denials/codes.ts";
import { INIT_CONTAINER, INSTALL_CONTAINER, RUNNER_VOLUME } from "../kubernetes/names.ts";
import type { Container, Pod, PodIdentity } from "../kubernetes/objects.ts";
import { listNames } from "../kubernetes/shorten.ts";
import type { Profile, RunnerSpec } from "../profiles/profile.ts";
import { isPlanForPod, readPlanIdentity } from "./carriedPlan.ts";
import { describeEnvValue } from "./env.ts";
import { detectRunnerDelivery } from "./placeRunner.ts";
import { computeNodeId, formatNodeIdValue } from "./podIdentity.ts";
import { describePosition, findPosition, isInPlace } from "./position.ts";
import { leavesByPreStop } from "./preStop.ts";

/** What a pod lacks of its injection, or null. */
export function findInjectionFault(pod: Pod, member: PodIdentity, profile: Profile): Denial | null {
  const nodeId = computeNodeId(member, profile);
  if (typeof nodeId !== "string") return nodeId;
  const fault = findNumberFault(pod, profile, formatNodeIdValue(member, profile, nodeId));
  if (fault !== null || profile.work === null) return fault;
  return (
    findRunnerFault(pod, member, nodeId) ??
    findPositionFault(pod, profile, profile.work) ??
    findLeaveFault(pod, member, profile, nodeId)
  );
}

const MOST_VALUES = 3;

const REMEDY =
  "Another webhook changed the pod after Rollcall's, or Rollcall's mutating webhook was not called: exclude these pods from the other " +
  "one, or restore the configuration. If the profile was edited just now, the StatefulSet controller retries by itself.\n" +
  "Inspect:\n  kubectl get mutatingwebhookconfigurations";

function findNumberFault(pod: Pod, profile: Profile, number: string): Denial | null {
  const { env } = profile.nodeId;
  if (env === null) return null;
  for (const name of profile.containers) {
    const container = listAllContainers(pod).find((each) => each.name === name);
    const values = (container?.env ?? []).filter((each) => each.name === env);
    if (values.length > 0 && values.every(({ value }) => value === number)) continue;
    const found =
      values.length === 0
        ? "has none"
        : `has ${values.slice(0, MOST_VALUES).map(describeEnvValue).join(" and ")}`;
    return deny("node-id-missing", `container ${name} must have ${env}=${number} but ${found}. ${REMEDY}`);
  }
  return null;
}

function findRunnerFault(pod: Pod, member: PodIdentity, nodeId: string): Denial | null {
  const inits = pod.spec.initContainers ?? [];
  const install = inits.findIndex(({ name }) => name === INSTALL_CONTAINER);
  const init = inits.findIndex(({ name }) => name === INIT_CONTAINER);
  const container = inits[init];
  const how = detectRunnerDelivery(pod);
  const hasRunner = how === "image" || (how === "copy" && install >= 0 && install < init);
  if (container === undefined || !hasRunner) {
    const present = listNames(inits.map(({ name }) => name));
    return deny(
      "runner-missing",
      `the pod must have volume ${RUNNER_VOLUME} and init containers ${INSTALL_CONTAINER} (unless the volume is an image) and ` +
        `${INIT_CONTAINER}, in this order, but its init containers are: ${present}. ${REMEDY}`,
    );
  }
  const plan = readPlanIdentity(container);
  if (isPlanForPod(plan, buildIdentity(member, nodeId))) return null;
  const found =
    plan === null
      ? "has no readable plan"
      : `has the plan of ${plan.namespace}/${plan.pod}, NodeID ${plan.nodeId}`;
  return deny(
    "plan-missing",
    `${INIT_CONTAINER} must have this pod's plan in ${PLAN_ENV} but ${found}. ${REMEDY}`,
  );
}

/** Steps must not run before an init container that prepares their volume. */
function findPositionFault(pod: Pod, { name, containers }: Profile, work: RunnerSpec): Denial | null {
  const app = listAllContainers(pod).find((each) => each.name === containers[0]);
  if (app === undefined) return null;
  const input = { pod, work, app, containers };
  const present = pod.spec.initContainers ?? [];
  if (isInPlace(present, findPosition(input))) return null;
  return deny(
    "runner-missing",
    `profile ${name} puts Rollcall's init containers ${describePosition(input)}, but the pod's init containers are: ` +
      `${listNames(present.map((each) => each.name))}. ${REMEDY}`,
  );
}

/**
 * Under scaleDown.policy Managed a pod must be able to leave by itself. A plan with another policy is from before an edit
 * of the profile that has not reached both replicas, which is no reason to deny.
 */
function findLeaveFault(pod: Pod, member: PodIdentity, profile: Profile, nodeId: string): Denial | null {
  const init = listAllContainers(pod).find((each) => each.name === INIT_CONTAINER);
  const planned = init === undefined ? null : readPlanIdentity(init);
  if (profile.drop.policy !== "managed" || planned?.drop !== "managed") return null;
  const [name] = profile.containers;
  const container = listAllContainers(pod).find((each) => each.name === name);
  const hasRunner = container?.volumeMounts?.some(({ mountPath }) => mountPath === RUNNER_MOUNT) === true;
  const missing = [
    ...(container !== undefined && leavesByPreStop(container)
      ? []
      : ["a preStop that starts with the runner's leave command"]),
    ...(hasRunner ? [] : [`the mount ${RUNNER_MOUNT}`]),
    ...(container !== undefined && isPlanForPod(readPlanIdentity(container), buildIdentity(member, nodeId))
      ? []
      : [`this pod's plan in ${PLAN_ENV}`]),
  ];
  if (missing.length === 0) return null;
  return deny(
    "leave-hook-missing",
    `with scaleDown.policy Managed, container ${name} must leave by its preStop, but it lacks ${missing.join(", ")}. ${REMEDY}`,
  );
}

const buildIdentity = (member: PodIdentity, nodeId: string) => ({
  ...member,
  workload: member.statefulSet,
  nodeId,
});

const listAllContainers = ({ spec }: Pod): Container[] => [
  ...spec.containers,
  ...(spec.initContainers ?? []),
];
