// The answer at apply: denials of pods go to a controller that nobody watches, so injection is played for a
// StatefulSet's pods while the person who applies it is still there.

import { type Answer, allowed } from "../admission/answer.ts";
import { breathe } from "../admission/pace.ts";
import { type Denial, deny, formatDenial, say } from "../denials/codes.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import { isSameJson } from "../kubernetes/sameJson.ts";
import { ordinalsOf } from "../kubernetes/statefulSetPods.ts";
import type { SetReview } from "../kubernetes/statefulSetReview.ts";
import {
  type InForce,
  type PodDecision,
  type PodDenied,
  type PodInjected,
  untilJudged,
} from "../mutation/decidePod.ts";
import { graceWarnings } from "../mutation/gracePeriod.ts";
import { targetsOf } from "../mutation/inject.ts";
import { placeWarnings } from "../mutation/position.ts";
import { refuse, sayPending } from "../mutation/reviewPod.ts";
import type { Profile } from "../profiles/profile.ts";
import { type AskBudgets, budgetWarnings } from "./disruptionBudget.ts";
import { findEmptyPlaceholder } from "./emptyPlaceholder.ts";
import { absenceWarnings } from "./leaveVerify.ts";
import { findLongNames } from "./longNames.ts";
import { findMarkerVolume } from "./markerVolume.ts";
import { askPool, type LiveSet, type LiveSets, listSiblings, poolTaken } from "./numberPool.ts";
import { reservedIn } from "./reservedNames.ts";
import type { SetFinding } from "./setFinding.ts";
import { play } from "./simulatePod.ts";
import { told } from "./summary.ts";

/** The labelled StatefulSets that live now; asked only where a pool is concerned. Rejects where it cannot be known. */
export type AskLiveSets = (deadline: AbortSignal) => Promise<readonly LiveSet[]>;

/** What the answer at apply asks of the cluster. */
export interface ApplyPorts {
  readonly liveSets: LiveSets;
  /** null: nothing is known of them here, and nothing told */
  readonly budgets: AskBudgets | null;
}

/** Answers CREATE and UPDATE of a StatefulSet; the guard reads the same review. */
export async function answerAtApply(review: SetReview, force: InForce, ports: ApplyPorts): Promise<Answer> {
  const set = askedIn(review);
  if (set === null) return allowed();
  const { namespace } = review;
  await breathe();
  const { start, replicas } = ordinalsOf(set);
  const end = Math.max(start, start + replicas - 1);
  // the others differ from these two by their number alone
  const [lowest, pending] = awaited(play(set, namespace, start, unseen(set, force)));
  await breathe();
  const [highest] = end === start ? [lowest] : awaited(play(set, namespace, end, unseen(set, force)));
  await breathe();
  for (const edge of [lowest, highest]) if (edge.is === "denied") return refuseSet(review, edge, force);
  if (lowest.is !== "injected" || highest.is !== "injected") return allowed();

  const { profile, injection } = lowest;
  const selector = selectorFault(set, profile);
  const required = review.operation === "CREATE" && profile.selectorLabel === "require" ? selector : null;
  const mine = { namespace, name: set.metadata.name, profile };
  const found = findInSet(review, highest);
  const refused =
    reservedIn(set, profile) ??
    found.denial ??
    required ??
    (await askPool(mine, force, ports.liveSets, poolRefusal));
  if (refused !== null) return refuse(refused, profile.mode);
  const understood = say("understood", told({ set, replicas, lowest, highest }));
  const warnings = [
    ...pending,
    understood,
    ...injection.warnings,
    ...found.warnings,
    ...orderWarnings(lowest),
    ...graceWarnings(set, profile),
    ...absenceWarnings(profile),
    ...(await budgetWarnings(set, { namespace, profile }, ports.budgets)),
  ];
  if (selector !== null) warnings.push(formatDenial(selector));
  return allowed({ warnings });
}

/** Why the pods of a StatefulSet are denied unless another webhook adds what they lack; null: they lack nothing. */
export function awaitedBy(set: StatefulSet, namespace: string, force: InForce): Denial | null {
  const lowest = play(set, namespace, ordinalsOf(set).start, unseen(set, force));
  return lowest.is === "denied" && lowest.meanwhile !== undefined ? lowest.denial : null;
}

/** A pod that lacks what another webhook may add is judged when it is there; until then that is told. */
function awaited(decision: PodDecision): [PodDecision, pending: string[]] {
  const meanwhile = untilJudged(decision);
  const isAwaited = decision.is === "denied" && meanwhile !== decision;
  return [meanwhile, isAwaited ? [sayPending(decision.denial)] : []];
}

/** What only the whole StatefulSet shows. What was so before keeps its owner from no other change: it is told. */
function findInSet(
  { set, old }: SetReview,
  highest: PodInjected,
): { denial: Denial | null; warnings: string[] } {
  if (set === null) return { denial: null, warnings: [] };
  const own = highest.profile.pods.reviewSet?.(set, old) ?? {};
  const findings = findingsOf(set, highest);
  const before = old === null ? [] : findingsOf(old, highest).flatMap(({ denial }) => denial?.message ?? []);
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

function findingsOf(set: StatefulSet, { pod, profile }: PodInjected): SetFinding[] {
  return [
    findLongNames(set, pod),
    findMarkerVolume(set, profile),
    findEmptyPlaceholder(set, profile),
    profile.pods.findSetFault?.(set) ?? {},
  ];
}

function orderWarnings({ pod, profile }: PodInjected): string[] {
  const { first } = targetsOf(pod, profile);
  const { work, containers, name } = profile;
  return first === null || work === null
    ? []
    : placeWarnings({ pod, work, app: first.container, containers }, name);
}

const poolRefusal: typeof poolTaken = (mine, others, profiles) =>
  poolTaken(mine, others, profiles) ??
  mine.profile.pods.findSiblingFault?.(listSiblings(mine, others, profiles)) ??
  null;

/** Of the pods that are played here nobody sees the revision: it is as long as any, and takes no digest of the template. */
const unseen = ({ metadata: { name } }: StatefulSet, force: InForce) => ({
  ...force,
  revision: `${name}-0000000000`,
});

/** The StatefulSet whose pods are concerned, or null where nothing about pods was asked. */
function askedIn({ operation, set, old }: SetReview): StatefulSet | null {
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
function refuseSet(review: SetReview, { denial, mode }: PodDenied, force: InForce): Answer {
  if (mode === "warn" || !isOldFault(review, denial, force)) return refuse(denial, mode);
  const what = `the pods of StatefulSet ${review.name} cannot be created, now as before`;
  return allowed({ warnings: [formatDenial({ ...denial, message: `${what}: ${denial.message}` })] });
}

/** What keeps a pod from being made, and was so before: a scale-down need not wait until it is mended. */
function isOldFault({ namespace, old }: SetReview, denial: Denial, force: InForce): boolean {
  if (old === null || denial.mayStand !== true) return false;
  const { rule, message } = denial;
  const before = play(old, namespace, ordinalsOf(old).start, unseen(old, force));
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
