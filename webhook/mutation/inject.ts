// Injection: a pod as it is now, in; the operations that make it what its profile promises, out. Applied to its
// own output it yields none (docs/research/kubernetes-admission.md#reinvocation). Pure: the webhook, `render` and `try`
// all call this.
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
import { addMissingMounts, podFields } from "./initContainer.ts";
import { buildAppMounts } from "./mounts.ts";
import { placeRunner, type RunnerPlacement } from "./placeRunner.ts";
import { computeNodeId, formatNodeIdValue } from "./podIdentity.ts";
import { leaveHook } from "./preStop.ts";
import type { InjectSettings } from "./settings.ts";

export interface Injection {
  operations: readonly PatchOperation[];
  warnings: readonly string[];
  nodeId: string;
  /**
   * What the pod still lacks and another webhook may add: this injection is what can be done without it. Where it never
   * comes, this is why the pod is denied.
   */
  pending: Denial | null;
}

export interface InjectInput {
  pod: Pod;
  member: PodIdentity;
  profile: Profile;
  settings: InjectSettings;
}

/** What is to be done to a pod, or why it may not be created. */
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

/** @param placed null: no work, or none yet */
function injectInto(
  input: InjectInput,
  given: {
    nodeId: string;
    targets: readonly [ContainerTarget, ...ContainerTarget[]];
    placed: RunnerPlacement | null;
  },
): Pick<Injection, "operations" | "warnings"> | Denial {
  const { profile } = input;
  const { nodeId, targets, placed } = given;
  const [first] = targets;
  const changes = buildEnvChanges(input, nodeId, targets, placed);
  if ("rule" in changes) return changes;
  const own = profile.pods.planPodChanges?.(input, targets) ?? {};
  if ("rule" in own) return own;
  const hook = leavesItself(profile) ? leaveHook(buildContainerPath(first), first, own.ownPreStop ?? []) : [];
  if ("rule" in hook) return hook;

  const [{ env }] = changes;
  const ours = placed === null ? NO_RUNNER : runnerParts(input, { first, env, placed });
  if ("rule" in ours) return ours;
  const operations = [
    ...changes.flatMap((change) => change.operations),
    ...targets.flatMap((target) =>
      prependEnvFrom(buildContainerPath(target), target.container, profile.envFrom),
    ),
    ...hook,
    ...(own.operations ?? []),
    ...ours.operations,
  ];
  const warnings = [
    ...changes.flatMap((change) => change.warnings),
    ...(own.warnings ?? []),
    ...ours.warnings,
  ];
  return { operations, warnings };
}

const NO_RUNNER: ContainerChanges = { operations: [], warnings: [] };

/** What the runner needs in the pod: mounts in the first container, volumes, our init containers. */
function runnerParts(
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

/** A ring's member has more to do before it stops than to leave. */
const leavesItself = ({ drop, ring }: Profile): boolean => drop.policy === "managed" || ring !== null;

/** The env of each target; the first one gets what the runner needs in it, too. */
function buildEnvChanges(
  input: InjectInput,
  nodeId: string,
  [first, ...others]: readonly [ContainerTarget, ...ContainerTarget[]],
  placed: RunnerPlacement | null,
): [EnvChange, ...EnvChange[]] | Denial {
  const firstChange = buildTargetEnv(input, nodeId, first, placed === null ? [] : runnerEnv(placed));
  if ("rule" in firstChange) return firstChange;
  const changes: [EnvChange, ...EnvChange[]] = [firstChange];
  for (const other of others) {
    const change = buildTargetEnv(input, nodeId, other, []);
    if ("rule" in change) return change;
    changes.push(change);
  }
  return changes;
}

function runnerEnv({ plan, needs }: RunnerPlacement): EnvRequirement[] {
  const carried = keep({ name: PLAN_ENV, value: plan });
  return needs.appActs ? [carried, ...podFields.map(keep)] : [carried];
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
  const number: EnvRequirement = {
    variable: { name: profile.nodeId.env, value: formatNodeIdValue(member, profile, nodeId) },
    // a chart may write it in its own way, and the pod's name is what it is in any case
    conflict: profile.nodeId.value === "number" ? "deny" : "override",
  };
  const rest = profile.env.map(({ name, value }) =>
    keep({ name, value: escapeEnvRefs(fill(value, values)) }),
  );
  const s3 = profile.s3.map((each) =>
    keep("value" in each ? { ...each, value: escapeEnvRefs(each.value) } : { ...each }),
  );
  const all = [number, ...rest, ...s3, ...(profile.pods.listEnv?.(member) ?? []), ...more];
  return prependEnv(buildContainerPath(target), target.container, all);
}

/** The containers that the profile names, as far as they are there. */
export interface ContainerTargets {
  /** the one whose image runs the steps; null: it is not there (yet) */
  readonly first: ContainerTarget | null;
  /** in the profile's order */
  readonly others: readonly ContainerTarget[];
  /** why one that is named is missing; null: all are there */
  readonly missing: Denial | null;
}

export function findTargets(pod: Pod, profile: Profile): ContainerTargets {
  const found = profile.containers.map((name) => targetIn(pod, name));
  const missing = profile.containers.find((_, index) => found[index] === null);
  return {
    first: found[0] ?? null,
    others: found.slice(1).filter((each) => each !== null),
    missing: missing === undefined ? null : missingIn(pod, profile, missing),
  };
}

function targetIn({ spec }: Pod, name: string): ContainerTarget | null {
  for (const list of ["containers", "initContainers"] as const) {
    const index = (spec[list] ?? []).findIndex((each) => each.name === name);
    const container = spec[list]?.[index];
    if (container !== undefined) return { list, index, container };
  }
  return null;
}

function missingIn({ spec }: Pod, profile: Profile, name: string): Denial {
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map((each) => each.name);
  return deny(
    "container-not-found",
    `profile ${profile.name} numbers container ${name}, but the pod's containers are: ${listNames(names)}; ` +
      `rename it or change the profile's containers`,
  );
}
