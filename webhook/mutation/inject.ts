// Injection: computes the JSON Patch operations that give a pod what its profile says. Applied to its own output it yields
// none (docs/research/kubernetes-admission.md#reinvocation). It is pure, so that the webhook, `render` and `try` share it.
import { PLAN_ENV } from "../../init/contract/places.ts";
import type { PatchOperation } from "../admission/answer.ts";
import { type Denial, deny } from "../denials/codes.ts";
import {
  buildContainerPath,
  type ContainerTarget,
  type EnvVar,
  type Pod,
  type PodIdentity,
} from "../kubernetes/objects.ts";
import { listNames } from "../kubernetes/shorten.ts";
import type { Profile } from "../profiles/profile.ts";
import { fill } from "../profiles/template.ts";
import { resolvePlaceholders } from "./buildPlan.ts";
import { addContainers, allowEviction, type ContainerChanges } from "./containers.ts";
import {
  type EnvChange,
  type EnvRequirement,
  escapeEnvRefs,
  mergeEnvFrom,
  prependEnv,
  prependEnvFrom,
} from "./env.ts";
import { addMissingMounts, POD_FIELD_ENV } from "./initContainer.ts";
import { buildAppMounts } from "./mounts.ts";
import { placeRunner, type RunnerPlacement } from "./placeRunner.ts";
import { computeNodeId, formatNodeIdValue } from "./podIdentity.ts";
import { buildLeaveHook } from "./preStop.ts";
import type { InjectSettings } from "./settings.ts";

export interface Injection {
  operations: readonly PatchOperation[];
  warnings: readonly string[];
  nodeId: string;
  /** The denial for what the pod lacks. Another webhook may still add it; until then this injection is a partial one. */
  pending: Denial | null;
}

export interface InjectInput {
  pod: Pod;
  member: PodIdentity;
  profile: Profile;
  settings: InjectSettings;
}

/** The injection of a pod, or why it may not be created. */
export function inject(input: InjectInput): Injection | Denial {
  const { pod, member, profile } = input;
  const nodeId = computeNodeId(member, profile);
  if (typeof nodeId !== "string") return nodeId;
  const { first, others, missing } = findTargets(pod, profile);
  if (first === null) return { operations: [], warnings: [], nodeId, pending: missing };
  const fault = profile.pods.findPodFault?.(input, [first, ...others]) ?? null;
  if (fault !== null) return fault;
  const work =
    profile.work === null ? null : placeRunner({ ...input, work: profile.work, app: first, nodeId });
  if (work !== null && "rule" in work) return work;
  const [placed, lacks] =
    work === null || "pending" in work ? [null, work?.pending ?? null] : [work, work.place.missing];
  const injected = injectInto(input, { nodeId, targets: [first, ...others], placed });
  return "rule" in injected ? injected : { ...injected, nodeId, pending: missing ?? lacks };
}

/** @param placed null: the profile needs no runner, or the pod lacks something for it */
function injectInto(
  input: InjectInput,
  {
    nodeId,
    targets,
    placed,
  }: {
    nodeId: string;
    targets: readonly [ContainerTarget, ...ContainerTarget[]];
    placed: RunnerPlacement | null;
  },
): Pick<Injection, "operations" | "warnings"> | Denial {
  const { profile } = input;
  const [first] = targets;
  const changes = buildEnvChanges(input, nodeId, targets, placed);
  if ("rule" in changes) return changes;
  const own = profile.pods.planPodChanges?.(input, targets) ?? {};
  if ("rule" in own) return own;
  const hook = needsLeaveHook(profile)
    ? buildLeaveHook(buildContainerPath(first), first, own.ownPreStop ?? [])
    : [];
  if ("rule" in hook) return hook;

  const [{ env }] = changes;
  const runner = placed === null ? NO_RUNNER : addRunner(input, { first, env, placed });
  if ("rule" in runner) return runner;
  const operations = [
    ...changes.flatMap((change) => change.operations),
    ...targets.flatMap((target) =>
      prependEnvFrom(buildContainerPath(target), target.container, profile.envFrom),
    ),
    ...hook,
    ...(own.operations ?? []),
    ...runner.operations,
  ];
  const warnings = [
    ...changes.flatMap((change) => change.warnings),
    ...(own.warnings ?? []),
    ...runner.warnings,
  ];
  return { operations, warnings };
}

const NO_RUNNER: ContainerChanges = { operations: [], warnings: [] };

/** Adds the runner to the pod: mounts in the first container, volumes, init containers. */
function addRunner(
  { pod, profile, settings }: InjectInput,
  { first, env, placed }: { first: ContainerTarget; env: readonly EnvVar[]; placed: RunnerPlacement },
): ContainerChanges | Denial {
  const app = {
    ...first,
    container: { ...first.container, envFrom: mergeEnvFrom(first.container, profile.envFrom) },
  };
  const added = addContainers({ pod, image: settings.initImage, app, env, placed });
  if ("rule" in added) return added;
  const operations = [
    ...addMissingMounts(buildContainerPath(first), first.container, buildAppMounts(placed.needs)),
    ...added.operations,
    ...(placed.runner === "copy" ? allowEviction(pod) : []),
  ];
  return { operations, warnings: added.warnings };
}

/** A member of a ring also transfers leadership before it stops, whatever the policy. */
const needsLeaveHook = ({ drop, ring }: Profile): boolean => drop.policy === "managed" || ring !== null;

/** The env of each target; the first one also gets the runner's variables. */
function buildEnvChanges(
  input: InjectInput,
  nodeId: string,
  [first, ...others]: readonly [ContainerTarget, ...ContainerTarget[]],
  placed: RunnerPlacement | null,
): [EnvChange, ...EnvChange[]] | Denial {
  const firstChange = buildTargetEnv(input, nodeId, first, placed === null ? [] : buildRunnerEnv(placed));
  if ("rule" in firstChange) return firstChange;
  const changes: [EnvChange, ...EnvChange[]] = [firstChange];
  for (const other of others) {
    const change = buildTargetEnv(input, nodeId, other, []);
    if ("rule" in change) return change;
    changes.push(change);
  }
  return changes;
}

function buildRunnerEnv({ plan, needs }: RunnerPlacement): EnvRequirement[] {
  const carried = keep({ name: PLAN_ENV, value: plan });
  return needs.appActs ? [carried, ...POD_FIELD_ENV.map(keep)] : [carried];
}

const keep = (variable: EnvVar): EnvRequirement => ({ variable, conflict: "keep" });

function buildTargetEnv(
  input: InjectInput,
  nodeId: string,
  target: ContainerTarget,
  more: readonly EnvRequirement[],
): EnvChange | Denial {
  const { member, profile } = input;
  const values = resolvePlaceholders(member, nodeId, target.container.image ?? "");
  const { env, value } = profile.nodeId;
  const number = env === null ? [] : [buildNumber(env, formatNodeIdValue(member, profile, nodeId), value)];
  const rest = profile.env.map(({ name, value }) =>
    keep({ name, value: escapeEnvRefs(fill(value, values)) }),
  );
  const s3 = profile.s3.map((each) =>
    keep("value" in each ? { ...each, value: escapeEnvRefs(each.value) } : { ...each }),
  );
  const all = [...number, ...rest, ...s3, ...(profile.pods.listEnv?.(member) ?? []), ...more];
  return prependEnv(buildContainerPath(target), target.container, all);
}

/** A chart may also set the variable to the pod's name, in its own way. */
const buildNumber = (name: string, value: string, holds: Profile["nodeId"]["value"]): EnvRequirement => ({
  variable: { name, value },
  conflict: holds === "number" ? "deny" : "override",
});

/** The containers that the profile names and the pod has. */
export interface ContainerTargets {
  /** the one whose image runs the steps; null: the pod lacks it (yet) */
  readonly first: ContainerTarget | null;
  /** in the profile's order */
  readonly others: readonly ContainerTarget[];
  /** the denial if one is missing; null: the pod has all */
  readonly missing: Denial | null;
}

export function findTargets(pod: Pod, profile: Profile): ContainerTargets {
  const found = profile.containers.map((name) => findTarget(pod, name));
  const missing = profile.containers.find((_, index) => found[index] === null);
  return {
    first: found[0] ?? null,
    others: found.slice(1).filter((each) => each !== null),
    missing: missing === undefined ? null : denyMissingContainer(pod, profile, missing),
  };
}

function findTarget({ spec }: Pod, name: string): ContainerTarget | null {
  for (const list of ["containers", "initContainers"] as const) {
    const index = (spec[list] ?? []).findIndex((each) => each.name === name);
    const container = spec[list]?.[index];
    if (container !== undefined) return { list, index, container };
  }
  return null;
}

function denyMissingContainer({ spec }: Pod, profile: Profile, name: string): Denial {
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map((each) => each.name);
  return deny(
    "container-not-found",
    `profile ${profile.name} names container ${name}, but the pod's containers are: ${listNames(names)}. ` +
      `Rename the container, or change the profile's containers.`,
  );
}
