// The answer at apply: denials of pods go to a controller that nobody watches, so injection is played for a
// StatefulSet's pods while the person who applies it is still there.

import { type AdmissionAnswer, allowRequest } from "../admission/answer.ts";
import { yieldIfSlow } from "../admission/pace.ts";
import { type Denial, deny, formatDenial, formatWarning } from "../denials/codes.ts";
import { isSameJson } from "../kubernetes/isSameJson.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import { readOrdinals } from "../kubernetes/statefulSetPods.ts";
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
import { placeWarnings } from "../mutation/position.ts";
import { denyOrWarn, formatPending } from "../mutation/reviewPod.ts";
import type { Profile } from "../profiles/profile.ts";
import { checkLeaveVerify } from "./checkLeaveVerify.ts";
import { type AskBudgets, checkDisruptionBudget } from "./disruptionBudget.ts";
import { findEmptyPlaceholder } from "./findEmptyPlaceholder.ts";
import { findLongNames } from "./findLongNames.ts";
import { findMarkerVolume } from "./findMarkerVolume.ts";
import { findReservedName } from "./findReservedName.ts";
import { findPoolConflict, type LiveSet, type LiveSets, listSiblings, queryPool } from "./numberPool.ts";
import type { SetFinding } from "./setFinding.ts";
import { simulatePod } from "./simulatePod.ts";
import { summarizePods } from "./summarizePods.ts";

/** The labelled StatefulSets that live now; asked only where a pool is concerned. Rejects where it cannot be known. */
export type AskLiveSets = (deadline: AbortSignal) => Promise<readonly LiveSet[]>;

/** What the answer at apply asks of the cluster. */
export interface ApplyPorts {
  readonly liveSets: LiveSets;
  /** null: nothing is known of them here, and nothing told */
  readonly budgets: AskBudgets | null;
}

/** Answers CREATE and UPDATE of a StatefulSet; the guard reads the same review. */
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
  // the others differ from these two by their number alone
  const [lowest, pending] = awaited(simulatePod(set, namespace, start, unseen(set, config)));
  await yieldIfSlow();
  const [highest] = end === start ? [lowest] : awaited(simulatePod(set, namespace, end, unseen(set, config)));
  await yieldIfSlow();
  for (const edge of [lowest, highest]) if (edge.is === "denied") return refuseSet(review, edge, config);
  if (lowest.is !== "injected" || highest.is !== "injected") return allowRequest();

  const { profile, injection } = lowest;
  const selector = selectorFault(set, profile);
  const required = review.operation === "CREATE" && profile.selectorLabel === "require" ? selector : null;
  const mine = { namespace, name: set.metadata.name, profile };
  const found = findInSet(review, highest);
  const refused =
    findReservedName(set, profile) ??
    found.denial ??
    required ??
    (await queryPool(mine, config, ports.liveSets, poolRefusal));
  if (refused !== null) return denyOrWarn(refused, profile.mode);
  const understood = formatWarning("understood", summarizePods({ set, replicas, lowest, highest }));
  const warnings = [
    ...pending,
    understood,
    ...injection.warnings,
    ...found.warnings,
    ...orderWarnings(lowest),
    ...checkGracePeriod(set, profile),
    ...checkLeaveVerify(profile),
    ...(await checkDisruptionBudget(set, { namespace, profile }, ports.budgets)),
  ];
  if (selector !== null) warnings.push(formatDenial(selector));
  return allowRequest({ warnings });
}

/** Why the pods of a StatefulSet are denied unless another webhook adds what they lack; null: they lack nothing. */
export function findPendingDenial(set: StatefulSet, namespace: string, config: ActiveConfig): Denial | null {
  const lowest = simulatePod(set, namespace, readOrdinals(set).start, unseen(set, config));
  return lowest.is === "denied" && lowest.meanwhile !== undefined ? lowest.denial : null;
}

/** A pod that lacks what another webhook may add is judged when it is there; until then that is told. */
function awaited(decision: PodDecision): [PodDecision, pending: string[]] {
  const meanwhile = deferPendingDenial(decision);
  const isAwaited = decision.is === "denied" && meanwhile !== decision;
  return [meanwhile, isAwaited ? [formatPending(decision.denial)] : []];
}

/** What only the whole StatefulSet shows. What was so before keeps its owner from no other change: it is told. */
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
    findMarkerVolume(set, profile),
    findEmptyPlaceholder(set, profile),
    profile.pods.findSetFault?.(set) ?? {},
  ];
}

function orderWarnings({ pod, profile }: PodInjected): string[] {
  const { first } = findTargets(pod, profile);
  const { work, containers, name } = profile;
  return first === null || work === null
    ? []
    : placeWarnings({ pod, work, app: first.container, containers }, name);
}

const poolRefusal: typeof findPoolConflict = (mine, others, profiles) =>
  findPoolConflict(mine, others, profiles) ??
  mine.profile.pods.findSiblingFault?.(listSiblings(mine, others, profiles)) ??
  null;

/** Of the pods that are played here nobody sees the revision: it is as long as any, and takes no digest of the template. */
const unseen = ({ metadata: { name } }: StatefulSet, config: ActiveConfig) => ({
  ...config,
  revision: `${name}-0000000000`,
});

/** The StatefulSet whose pods are concerned, or null where nothing about pods was asked. */
function readRequestedSet({ operation, set, old }: SetReview): StatefulSet | null {
  if (set === null || (operation !== "CREATE" && operation !== "UPDATE")) return null;
  const label = set.spec.template.metadata?.labels?.[PROFILE_LABEL];
  if (label === undefined) return null;
  // also of one on its way out: a finalizer keeps it for as long as somebody likes, and its label counts in a pool
  if (old !== null && label !== old.spec.template.metadata?.labels?.[PROFILE_LABEL]) return set;
  // a finalizer, an annotation, a set on its way out
  const isAsked = !set.metadata.deletionTimestamp && !isSameJson(old?.spec, set.spec);
  return isAsked ? set : null;
}

/**
 * Of a set that is there already its owner must be able to change what has nothing to do with a fault that it had
 * before: that is told, and the pods themselves are denied.
 */
function refuseSet(review: SetReview, { denial, mode }: PodDenied, config: ActiveConfig): AdmissionAnswer {
  if (mode === "warn" || !isOldFault(review, denial, config)) return denyOrWarn(denial, mode);
  const what = `the pods of StatefulSet ${review.name} cannot be created, now as before`;
  return allowRequest({ warnings: [formatDenial({ ...denial, message: `${what}: ${denial.message}` })] });
}

/** What keeps a pod from being made, and was so before: a scale-down need not wait until it is mended. */
function isOldFault({ namespace, old }: SetReview, denial: Denial, config: ActiveConfig): boolean {
  if (old === null || denial.mayStand !== true) return false;
  const { rule, message } = denial;
  const before = simulatePod(old, namespace, readOrdinals(old).start, unseen(old, config));
  return before.is === "denied" && before.denial.rule === rule && before.denial.message === message;
}

/** The selector cannot be changed later, and the guard on /scale can see no other part of a StatefulSet. */
function selectorFault({ spec }: StatefulSet, profile: Profile): Denial | null {
  if (spec.selector?.matchLabels?.[PROFILE_LABEL] === profile.name) return null;
  return deny(
    "label-not-in-selector",
    `spec.selector.matchLabels lacks ${PROFILE_LABEL}: ${profile.name}; put it there when the StatefulSet is created, selectors cannot be changed later`,
  );
}
