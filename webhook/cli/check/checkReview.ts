// One decision of `rollcall check`: the webhook's own validation and guard, with evidence from files. It assumes the best
// of what only a cluster knows, except of the ring.
import type { Ring } from "../../../init/contract/ring/agree.ts";
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import type { ActiveConfig } from "../../mutation/decidePod.ts";
import type { JobTemplate } from "../../profiles/presetPods.ts";
import { listAssumptions } from "../../scaleDown/assumeEvidence.ts";
import { MOST_PODS } from "../../scaleDown/assumptions.ts";
import { readSetChange, type SetChange } from "../../scaleDown/change.ts";
import { GENERIC_DENIALS } from "../../scaleDown/codes.ts";
import type { KnownOrUnknown, OfflineFacts } from "../../scaleDown/evidence.ts";
import { countOrdinals, findRemovedSpans, listFromHighest } from "../../scaleDown/ordinals.ts";
import { readOverride } from "../../scaleDown/overrides.ts";
import type { GuardResult } from "../../scaleDown/reviewOutcome.ts";
import type { ScaleDownReview } from "../../scaleDown/rule.ts";
import { SCALE_DOWN_RULES } from "../../scaleDown/rules/scaleDownRules.ts";
import type { LiveSet } from "../../validation/numberPool.ts";
import { findPendingDenial, validateStatefulSet } from "../../validation/validateStatefulSet.ts";
import { BadInput } from "../ending.ts";
import { guardOffline } from "../guardOffline.ts";
import { findReplicasGap, type ReplicasGap } from "./replicas.ts";
import { describeSizes, explainRingExport, isWouldDeny } from "./words.ts";

/** The output of -o json. */
export interface CheckDecision {
  readonly allowed: boolean;
  /** null: no rule denies the change */
  readonly rule: string | null;
  readonly code: string | null;
  readonly message: string;
  /** ordinals that would be removed, ascending */
  readonly removed: readonly number[];
  /** assumptions about what only a cluster knows */
  readonly assumed: readonly string[];
  readonly warnings: readonly string[];
}

export interface CheckResult {
  readonly review: SetReview;
  readonly decision: CheckDecision;
  /** the answer depends on facts that are not known, such as the ring: exit 3 */
  readonly unknown: boolean;
  /** the assumption that decides, after "allowed if"; missing: see `assumed` */
  readonly condition?: string;
}

export interface CheckInput {
  readonly force: ActiveConfig;
  /** null: --ring was not given */
  readonly ring: KnownOrUnknown<Ring> | null;
  readonly service: OfflineFacts["service"];
  /** the other StatefulSets that would exist */
  readonly others: readonly LiveSet[];
  /** the Jobs that are applied beside it */
  readonly jobs: readonly JobTemplate[];
  readonly now: () => Date;
}

/** Predicts the webhook's answer to one change. */
export async function checkReview(review: SetReview, input: CheckInput): Promise<CheckResult> {
  const gap = findReplicasGap(review);
  return gap === null ? checkComplete(review, input) : checkGap(review, gap, input);
}

/** If a file omits spec.replicas, the change is allowed only if it is allowed for every possible number of replicas. */
async function checkGap(review: SetReview, gap: ReplicasGap, input: CheckInput): Promise<CheckResult> {
  const { decision, unknown } = await checkComplete(gap.kept, input);
  const message = decision.message.replace(describeSizes(gap.kept), describeSizes(review));
  const kept = { ...decision, message, assumed: [gap.assumption, ...decision.assumed] };
  if (!decision.allowed || gap.drop === null) return { review, decision: kept, unknown };
  const dropped = (await checkComplete(gap.drop, input)).decision;
  const isGuarded = !dropped.allowed || dropped.assumed.some((each) => !decision.assumed.includes(each));
  if (isGuarded) {
    const why = { message: `${describeSizes(review)}: ${gap.unknown}`, warnings: [] };
    return { review, decision: { ...kept, ...NOT_KNOWN, ...why }, unknown: true };
  }
  // in mode Warn a denial is only a warning
  const warnings = [...new Set([...dropped.warnings.filter(isWouldDeny), ...decision.warnings])];
  return { review, decision: { ...kept, warnings }, unknown: false };
}

const NOT_KNOWN = {
  allowed: false,
  rule: "state-unavailable",
  code: GENERIC_DENIALS["state-unavailable"].code,
  removed: [],
} as const;

async function checkComplete(review: SetReview, input: CheckInput): Promise<CheckResult> {
  const removed = listRemoved(review);
  const read = readSetChange(review);
  if ("wrong" in read)
    throw new BadInput(`invalid StatefulSet ${review.namespace}/${review.name}: ${read.wrong}`);
  if ("nothing" in read) return { review, decision: allowUnlabelled(review, removed), unknown: false };
  const { guarded, guardReview, offline } = await guardOffline(read.change, input);
  const denial = findDenial(guarded);
  const isOverridden = isValidOverride(read.change, input.now());
  const assumed =
    guardReview === null
      ? []
      : listAssumptions(guardReview, offline, { denied: denial?.rule ?? null, isOverridden });
  const facts = { removed, assumed };
  const needsRing =
    denial !== null && guardReview !== null && input.ring === null && dependsOnRing(guardReview, denial.rule);
  if (needsRing) {
    const message = `${describeSizes(review)}: whether this is safe depends on the members of the ring. ${explainRingExport(guardReview)}`;
    // in mode Warn nothing is denied, whatever the ring's members are
    if (guarded.answer.allowed) return validate(review, input, { ...facts, warnings: [message] });
    const decision = { allowed: false, ...denial, message, ...facts, warnings: [] };
    return { review, decision, unknown: true };
  }
  if (!guarded.answer.allowed && denial !== null)
    return { review, decision: { allowed: false, ...denial, ...facts, warnings: [] }, unknown: false };
  const result = await validate(review, input, {
    ...facts,
    warnings: guarded.outcome === null ? [] : [guarded.outcome.message],
  });
  return addCondition(result, guardReview);
}

function isValidOverride(change: SetChange, now: Date): boolean {
  const { annotations } = change.operation === "DELETE" ? change.before : change.after;
  return readOverride(annotations, now).is === "valid";
}

/** Under Drained one assumption matters more than the others. */
function addCondition(result: CheckResult, review: ScaleDownReview | null): CheckResult {
  const { assumed, removed } = result.decision;
  const count = removed.length;
  if (assumed.length === 0 || count === 0 || review?.profile.drop.policy !== "drained") return result;
  return { ...result, condition: count === 1 ? "its pod has drained" : `all ${count} pods have drained` };
}

function listRemoved({ namespace, name, set, old }: SetReview): number[] {
  const span = ({ spec }: NonNullable<SetReview["set"]>) => ({
    start: spec.ordinals?.start ?? 0,
    replicas: spec.replicas ?? 1,
  });
  const spans =
    old === null ? [] : findRemovedSpans(span(old), set === null ? { start: 0, replicas: 0 } : span(set));
  const count = countOrdinals(spans);
  if (count > MOST_PODS) {
    throw new BadInput(
      `StatefulSet ${namespace}/${name}: ${count} ordinals would be removed, and check lists at most ${MOST_PODS}; ` +
        "check spec.replicas and spec.ordinals in the files",
    );
  }
  return listFromHighest(spans, count).reverse();
}

function allowUnlabelled(review: SetReview, removed: number[]): CheckDecision {
  const message = `${describeSizes(review)}: not protected, since its pod template has no label ${PROFILE_LABEL}`;
  return { allowed: true, rule: null, code: null, message, removed, assumed: [], warnings: [] };
}

interface CheckDenial {
  readonly rule: string;
  readonly code: string;
  readonly message: string;
}

/** The denial, also one that mode Warn turns into a warning; null: allowed, or allowed by an override. */
function findDenial({ answer, outcome }: Pick<GuardResult, "answer" | "outcome">): CheckDenial | null {
  if (outcome !== null) return outcome.is === "overridden" ? null : outcome.denial;
  if (answer.allowed) return null;
  const { rule = "", code = "" } = answer.auditAnnotations ?? {};
  return { rule, code, message: (answer.status?.message ?? "").replace(`rollcall ${code} ${rule}: `, "") };
}

function dependsOnRing({ ring }: ScaleDownReview, deniedBy: string): boolean {
  if (ring === null) return false;
  // all other evidence is assumed, so only the ring can be unavailable
  return (
    deniedBy === "state-unavailable" ||
    SCALE_DOWN_RULES.some(({ name, needs }) => name === deniedBy && needs.includes("ring"))
  );
}

/** Validates a change that the guard allows: its pods must be possible. */
async function validate(
  review: SetReview,
  input: CheckInput,
  facts: Pick<CheckDecision, "removed" | "assumed" | "warnings">,
): Promise<CheckResult> {
  const { force, others } = input;
  const answer = await validateStatefulSet(review, force, {
    liveSets: () => Promise.resolve(others),
    budgets: null,
    rights: null,
    pauseBeforeRetry: null,
  });
  const denial = findDenial({ answer, outcome: null });
  const pending = review.set === null ? null : findPendingDenial(review.set, review.namespace, force);
  const assumed =
    pending === null
      ? facts.assumed
      : [...facts.assumed, `another webhook adds what is missing in the pods: ${pending.message}`];
  const warnings = [...facts.warnings, ...(answer.warnings ?? []), ...listJobWarnings(review, input)];
  const details = { ...facts, assumed, warnings };
  const decision: CheckDecision =
    denial === null
      ? { allowed: true, rule: null, code: null, message: describeSizes(review), ...details }
      : { allowed: false, ...denial, ...details };
  return { review, decision, unknown: false };
}

function listJobWarnings({ set }: SetReview, { force, jobs }: CheckInput): string[] {
  const name = set?.spec.template.metadata?.labels?.[PROFILE_LABEL];
  const profile = name === undefined ? undefined : force.profiles?.get(name);
  return jobs.flatMap((job) => profile?.pods.reviewJob?.(job) ?? []);
}
