// Validates a StatefulSet at apply. A denial of a pod only reaches the controller, so the injection of the pods is
// simulated when the user applies the StatefulSet.

import { type AdmissionAnswer, allowRequest } from "../admission/answer.ts";
import { yieldIfSlow } from "../admission/pace.ts";
import { addDeniedAction, type Denial, deny, formatDenial, formatWarning } from "../denials/codes.ts";
import { isSameJson } from "../kubernetes/isSameJson.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import { readOrdinals, readProfileLabel } from "../kubernetes/statefulSetPods.ts";
import type { SetReview } from "../kubernetes/statefulSetReview.ts";
import {
  type ActiveConfig,
  deferPendingDenial,
  type PodDecision,
  type PodDenied,
  type PodInjected,
} from "../mutation/decidePod.ts";
import { checkGracePeriod } from "../mutation/gracePeriod.ts";
import { findTargets } from "../mutation/inject.ts";
import { checkPosition } from "../mutation/position.ts";
import { denyOrWarn, formatPending } from "../mutation/reviewPod.ts";
import type { Profile } from "../profiles/profile.ts";
import { checkLeaveVerify } from "./checkLeaveVerify.ts";
import { checkMarkerVolume } from "./checkMarkerVolume.ts";
import { type BudgetLister, checkDisruptionBudget } from "./disruptionBudget.ts";
import { findEmptyPlaceholder } from "./findEmptyPlaceholder.ts";
import { findLongNames } from "./findLongNames.ts";
import { findReservedName } from "./findReservedName.ts";
import { checkMemberRole, type RightsChecker } from "./memberRole.ts";
import { findPoolConflict, type LiveSet, type LiveSets, listSiblings, queryPool } from "./numberPool.ts";
import type { Pause } from "./retryOnce.ts";
import type { SetFinding } from "./setFinding.ts";
import { simulatePod } from "./simulatePod.ts";
import { summarizePods } from "./summarizePods.ts";

/** Lists all labelled StatefulSets; called only if a pool is concerned. Rejects if they cannot be listed. */
export type LiveSetLister = (deadline: AbortSignal) => Promise<readonly LiveSet[]>;

/** What the validation at apply reads from the cluster. */
export interface ApplyPorts {
  readonly liveSets: LiveSets;
  /** null: budgets are not checked */
  readonly budgets: BudgetLister | null;
  /** null: permissions are not checked */
  readonly rights: RightsChecker | null;
  /** waits before budgets and permissions that are missing are asked for once more; null: they are not */
  readonly pauseBeforeRetry: Pause | null;
}

/** Answers CREATE and UPDATE of a StatefulSet. */
export async function validateStatefulSet(
  review: SetReview,
  config: ActiveConfig,
  ports: ApplyPorts,
): Promise<AdmissionAnswer> {
  const set = readRequestedSet(review);
  if (set === null) return allowRequest();
  const { namespace } = review;
  await yieldIfSlow();
  const { start, replicas } = readOrdinals(set);
  const end = Math.max(start, start + replicas - 1);
  // the other pods differ from these two only in their number
  const [lowest, pending] = deferPending(simulatePod(set, namespace, start, withFakeRevision(set, config)));
  await yieldIfSlow();
  const [highest] =
    end === start ? [lowest] : deferPending(simulatePod(set, namespace, end, withFakeRevision(set, config)));
  await yieldIfSlow();
  for (const edge of [lowest, highest]) if (edge.is === "denied") return refuseSet(review, edge, config);
  if (lowest.is !== "injected" || highest.is !== "injected") return allowRequest();

  const { profile, injection } = lowest;
  const selector = findSelectorFault(set, profile);
  const required = review.operation === "CREATE" && profile.selectorLabel === "require" ? selector : null;
  const claimant = { namespace, name: set.metadata.name, profile };
  const found = findInSet(review, highest);
  const refused =
    findReservedName(set, profile) ??
    found.denial ??
    required ??
    (await queryPool(claimant, config, ports.liveSets, findPoolDenial));
  if (refused !== null) return denyApply(review, refused, profile.mode);
  // both ask the cluster, for warnings only
  const asked = await Promise.all([
    checkDisruptionBudget(set, { namespace, profile }, ports),
    checkMemberRole(set, { namespace, profile }, ports),
  ]);
  const understood = formatWarning("understood", summarizePods({ set, replicas, lowest, highest }));
  const warnings = [
    ...pending,
    understood,
    ...injection.warnings,
    ...found.warnings,
    ...listPositionWarnings(lowest),
    ...checkGracePeriod(set, profile),
    ...checkLeaveVerify(profile),
    ...asked.flat(),
  ];
  if (selector !== null) warnings.push(formatDenial(selector));
  return allowRequest({ warnings });
}

/** The denial of the pods unless another webhook adds what they lack; null: they lack nothing. */
export function findPendingDenial(set: StatefulSet, namespace: string, config: ActiveConfig): Denial | null {
  const lowest = simulatePod(set, namespace, readOrdinals(set).start, withFakeRevision(set, config));
  return lowest.is === "denied" && lowest.provisional !== undefined ? lowest.denial : null;
}

/** Makes a denial for what another webhook may add a warning; the pods are validated when they are created. */
function deferPending(decision: PodDecision): [PodDecision, pending: string[]] {
  const deferred = deferPendingDenial(decision);
  const isPending = decision.is === "denied" && deferred !== decision;
  return [deferred, isPending ? [formatPending(decision.denial)] : []];
}

/** Faults of the StatefulSet as a whole. A fault that it had before is only a warning, so that other changes are possible. */
function findInSet(
  { set, old }: SetReview,
  highest: PodInjected,
): { denial: Denial | null; warnings: string[] } {
  if (set === null) return { denial: null, warnings: [] };
  const own = highest.profile.pods.reviewSet?.(set, old) ?? {};
  const findings = collectFindings(set, highest);
  const before =
    old === null ? [] : collectFindings(old, highest).flatMap(({ denial }) => denial?.message ?? []);
  const denials = findings.flatMap(({ denial }) => denial ?? []);
  const isOld = ({ message }: Denial): boolean => before.includes(message);
  return {
    denial: denials.find((each) => !isOld(each)) ?? own.denial ?? null,
    warnings: [
      ...denials.filter(isOld).map(formatDenial),
      ...findings.flatMap(({ warnings = [] }) => warnings),
      ...(own.warnings ?? []),
    ],
  };
}

function collectFindings(set: StatefulSet, { pod, profile }: PodInjected): SetFinding[] {
  return [
    findLongNames(set, pod),
    checkMarkerVolume(set, profile),
    findEmptyPlaceholder(set, profile),
    profile.pods.findSetFault?.(set) ?? {},
  ];
}

function listPositionWarnings({ pod, profile }: PodInjected): string[] {
  const { first } = findTargets(pod, profile);
  const { work, containers, name } = profile;
  return first === null || work === null
    ? []
    : checkPosition({ pod, work, app: first.container, containers }, name);
}

const findPoolDenial: typeof findPoolConflict = (claimant, others, profiles) =>
  findPoolConflict(claimant, others, profiles) ??
  claimant.profile.pods.findSiblingFault?.(listSiblings(claimant, others, profiles)) ??
  null;

/** A revision of the usual length, because the digest of the template is slow and the simulated pods are not shown. */
const withFakeRevision = ({ metadata: { name } }: StatefulSet, config: ActiveConfig) => ({
  ...config,
  revision: `${name}-0000000000`,
});

/** The StatefulSet to validate; null: the change does not concern its pods. */
function readRequestedSet({ operation, set, old }: SetReview): StatefulSet | null {
  if (set === null || (operation !== "CREATE" && operation !== "UPDATE")) return null;
  const label = readProfileLabel(set);
  if (label === undefined) return null;
  // also while it is being deleted: a finalizer may delay that indefinitely, and its label counts in a pool
  if (old !== null && label !== readProfileLabel(old)) return set;
  // changes of metadata only, or during deletion, do not concern the pods
  const concernsPods = !set.metadata.deletionTimestamp && !isSameJson(old?.spec, set.spec);
  return concernsPods ? set : null;
}

function denyApply(
  { operation, namespace, name }: SetReview,
  denial: Denial,
  mode: Profile["mode"],
): AdmissionAnswer {
  const action = operation === "CREATE" ? "Creating" : "Updating";
  return denyOrWarn(addDeniedAction(`${action} StatefulSet ${namespace}/${name}`, denial), mode);
}

/** Denies what its pods would be denied. A fault that it had before is only a warning, so that other changes are possible. */
function refuseSet(review: SetReview, { denial, mode }: PodDenied, config: ActiveConfig): AdmissionAnswer {
  if (mode === "warn" || !isOldFault(review, denial, config)) return denyApply(review, denial, mode);
  const what = `the pods of StatefulSet ${review.name} still cannot be created`;
  return allowRequest({ warnings: [formatDenial({ ...denial, message: `${what}: ${denial.message}` })] });
}

/** Whether the pods had the same fault before the change. */
function isOldFault({ namespace, old }: SetReview, denial: Denial, config: ActiveConfig): boolean {
  if (old === null || denial.toleratedIfOld !== true) return false;
  const { rule, message } = denial;
  const before = simulatePod(old, namespace, readOrdinals(old).start, withFakeRevision(old, config));
  return before.is === "denied" && before.denial.rule === rule && before.denial.message === message;
}

/** Checks the selector: it cannot be changed later, and the webhook for /scale can match by nothing else. */
function findSelectorFault({ spec }: StatefulSet, profile: Profile): Denial | null {
  // pods without a number are not protected
  if (profile.nodeId.env === null || spec.selector?.matchLabels?.[PROFILE_LABEL] === profile.name)
    return null;
  return deny(
    "label-not-in-selector",
    `spec.selector.matchLabels lacks ${PROFILE_LABEL}: ${profile.name}. Add it when you create the StatefulSet; selectors cannot be changed later.`,
  );
}
