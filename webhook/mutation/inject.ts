// Injection: a pod as it is now, in; the operations that make it what its profile promises, out. Applied to its
// own output it yields none (docs/research/kubernetes-admission.md#reinvocation). Pure: the webhook, `render` and `try`
// all call this.
import { PLAN_ENV } from "../../init/contract/places.ts";
import type { Operation } from "../admission/answer.ts";
import { type Denial, deny } from "../denials/codes.ts";
import { type EnvVar, type Member, type Pod, pathOf, type Target } from "../kubernetes/objects.ts";
import { listNames } from "../kubernetes/shorten.ts";
import type { Profile } from "../profiles/profile.ts";
import { fill } from "../profiles/template.ts";
import { placeholdersOf } from "./buildPlan.ts";
import { type Added, addContainers, letEvict } from "./containers.ts";
import { type EnvChange, envFromOf, frontEnv, frontEnvFrom, literally, type Wanted } from "./env.ts";
import { missingMounts, podFields } from "./initContainer.ts";
import { appMounts } from "./mounts.ts";
import { type Placed, placeWork } from "./placeRunner.ts";
import { numberOf, numberValue } from "./podIdentity.ts";
import { leaveHook } from "./preStop.ts";
import type { InjectSettings } from "./settings.ts";

export interface Injection {
  operations: readonly Operation[];
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
  member: Member;
  profile: Profile;
  settings: InjectSettings;
}

/** What is to be done to a pod, or why it may not be created. */
export function inject(input: InjectInput): Injection | Denial {
  const { pod, member, profile } = input;
  const nodeId = numberOf(member, profile);
  if (typeof nodeId !== "string") return nodeId;
  const { first, others, missing } = targetsOf(pod, profile);
  if (first === null) return { operations: [], warnings: [], nodeId, pending: missing };
  const fault = profile.pods.findPodFault?.(input, [first, ...others]) ?? null;
  if (fault !== null) return fault;
  const work = profile.work === null ? null : placeWork({ ...input, work: profile.work, app: first, nodeId });
  if (work !== null && "rule" in work) return work;
  const [placed, lacks] =
    work === null || "pending" in work ? [null, work?.pending ?? null] : [work, work.place.missing];
  const injected = injectInto(input, { nodeId, targets: [first, ...others], placed });
  return "rule" in injected ? injected : { ...injected, nodeId, pending: missing ?? lacks };
}

/** @param placed null: no work, or none yet */
function injectInto(
  input: InjectInput,
  given: { nodeId: string; targets: readonly [Target, ...Target[]]; placed: Placed | null },
): Pick<Injection, "operations" | "warnings"> | Denial {
  const { profile } = input;
  const { nodeId, targets, placed } = given;
  const [first] = targets;
  const changes = changesOf(input, nodeId, targets, placed);
  if ("rule" in changes) return changes;
  const own = profile.pods.planPodChanges?.(input, targets) ?? {};
  if ("rule" in own) return own;
  const hook = leavesItself(profile) ? leaveHook(pathOf(first), first, own.ownPreStop ?? []) : [];
  if ("rule" in hook) return hook;

  const [{ env }] = changes;
  const ours = placed === null ? NO_RUNNER : runnerParts(input, { first, env, placed });
  if ("rule" in ours) return ours;
  const operations = [
    ...changes.flatMap((change) => change.operations),
    ...targets.flatMap((target) => frontEnvFrom(pathOf(target), target.container, profile.envFrom)),
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

const NO_RUNNER: Added = { operations: [], warnings: [] };

/** What the runner needs in the pod: mounts in the first container, volumes, our init containers. */
function runnerParts(
  { pod, profile, settings }: InjectInput,
  { first, env, placed }: { first: Target; env: readonly EnvVar[]; placed: Placed },
): Added | Denial {
  const app = {
    ...first,
    container: { ...first.container, envFrom: envFromOf(first.container, profile.envFrom) },
  };
  const added = addContainers({ pod, image: settings.initImage, app, env, placed });
  if ("rule" in added) return added;
  const operations = [
    ...missingMounts(pathOf(first), first.container, appMounts(placed.needs)),
    ...added.operations,
    ...(placed.runner === "copy" ? letEvict(pod) : []),
  ];
  return { operations, warnings: added.warnings };
}

/** A ring's member has more to do before it stops than to leave. */
const leavesItself = ({ drop, ring }: Profile): boolean => drop.policy === "managed" || ring !== null;

/** The env of each target; the first one gets what the runner needs in it, too. */
function changesOf(
  input: InjectInput,
  nodeId: string,
  [first, ...others]: readonly [Target, ...Target[]],
  placed: Placed | null,
): [EnvChange, ...EnvChange[]] | Denial {
  const firstChange = envOf(input, nodeId, first, placed === null ? [] : runnerEnv(placed));
  if ("rule" in firstChange) return firstChange;
  const changes: [EnvChange, ...EnvChange[]] = [firstChange];
  for (const other of others) {
    const change = envOf(input, nodeId, other, []);
    if ("rule" in change) return change;
    changes.push(change);
  }
  return changes;
}

function runnerEnv({ plan, needs }: Placed): Wanted[] {
  const carried = keep({ name: PLAN_ENV, value: plan });
  return needs.appActs ? [carried, ...podFields.map(keep)] : [carried];
}

const keep = (variable: EnvVar): Wanted => ({ variable, conflict: "keep" });

function envOf(
  input: InjectInput,
  nodeId: string,
  target: Target,
  more: readonly Wanted[],
): EnvChange | Denial {
  const { member, profile } = input;
  const values = placeholdersOf(member, nodeId, target.container.image ?? "");
  const number: Wanted = {
    variable: { name: profile.nodeId.env, value: numberValue(member, profile, nodeId) },
    // a chart may write it in its own way, and the pod's name is what it is in any case
    conflict: profile.nodeId.value === "number" ? "deny" : "override",
  };
  const rest = profile.env.map(({ name, value }) => keep({ name, value: literally(fill(value, values)) }));
  const s3 = profile.s3.map((each) =>
    keep("value" in each ? { ...each, value: literally(each.value) } : { ...each }),
  );
  const all = [number, ...rest, ...s3, ...(profile.pods.listEnv?.(member) ?? []), ...more];
  return frontEnv(pathOf(target), target.container, all);
}

/** The containers that the profile names, as far as they are there. */
export interface Targets {
  /** the one whose image runs the steps; null: it is not there (yet) */
  readonly first: Target | null;
  /** in the profile's order */
  readonly others: readonly Target[];
  /** why one that is named is missing; null: all are there */
  readonly missing: Denial | null;
}

export function targetsOf(pod: Pod, profile: Profile): Targets {
  const found = profile.containers.map((name) => targetIn(pod, name));
  const missing = profile.containers.find((_, index) => found[index] === null);
  return {
    first: found[0] ?? null,
    others: found.slice(1).filter((each) => each !== null),
    missing: missing === undefined ? null : missingIn(pod, profile, missing),
  };
}

function targetIn({ spec }: Pod, name: string): Target | null {
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
