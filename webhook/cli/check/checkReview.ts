// One decision of `rollcall check`: the guard's own review and injection's own answer at apply, with evidence from
// files. What only a cluster can tell is taken as good; the ring is not.
import type { Ring } from "../../../init/contract/ring/agree.ts";
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import type { ActiveConfig } from "../../mutation/decidePod.ts";
import { listAssumptions } from "../../scaleDown/assumeEvidence.ts";
import { MOST_PODS } from "../../scaleDown/assumptions.ts";
import { readSetChange } from "../../scaleDown/change.ts";
import { GENERIC_DENIALS } from "../../scaleDown/codes.ts";
import type { KnownOrUnknown, OfflineFacts } from "../../scaleDown/evidence.ts";
import { countOrdinals, findRemovedSpans, listFromHighest } from "../../scaleDown/ordinals.ts";
import type { GuardResult } from "../../scaleDown/reviewScaleDown.ts";
import type { ScaleDownReview } from "../../scaleDown/rule.ts";
import { SCALE_DOWN_RULES } from "../../scaleDown/rules/scaleDownRules.ts";
import type { LiveSet } from "../../validation/numberPool.ts";
import { findPendingDenial, validateStatefulSet } from "../../validation/validateStatefulSet.ts";
import { BadInput } from "../ending.ts";
import { guardOffline } from "../guardOffline.ts";
import { findReplicasGap, type ReplicasGap } from "./replicas.ts";
import { describeSizes, explainRingExport, isWouldDeny } from "./words.ts";

/** As -o json prints it. */
export interface CheckDecision {
  readonly allowed: boolean;
  /** null: nothing denies it */
  readonly rule: string | null;
  readonly code: string | null;
  readonly message: string;
  /** ordinals that would go, ascending */
  readonly removed: readonly number[];
  /** what only a cluster can tell, and was taken as good */
  readonly assumed: readonly string[];
  readonly warnings: readonly string[];
}

export interface CheckResult {
  readonly review: SetReview;
  readonly decision: CheckDecision;
  /** not allowed only because nobody said who is in the ring: exit 3 */
  readonly unknown: boolean;
}

export interface CheckInput {
  readonly force: ActiveConfig;
  /** null: --ring was not given */
  readonly ring: KnownOrUnknown<Ring> | null;
  readonly service: OfflineFacts["service"];
  /** the StatefulSets that would live beside it */
  readonly others: readonly LiveSet[];
  readonly now: () => Date;
}

/** What the webhook would answer to one change, and what that rests on. */
export async function checkReview(review: SetReview, given: CheckInput): Promise<CheckResult> {
  const gap = findReplicasGap(review);
  return gap === null ? judgeWritten(review, given) : judgeGap(review, gap, given);
}

/** Where a file leaves spec.replicas out: allowed only if no answer to that lets pods go that would be judged. */
async function judgeGap(review: SetReview, gap: ReplicasGap, given: CheckInput): Promise<CheckResult> {
  const { decision, unknown } = await judgeWritten(gap.kept, given);
  const message = decision.message.replace(describeSizes(gap.kept), describeSizes(review));
  const kept = { ...decision, message, assumed: [gap.assumption, ...decision.assumed] };
  if (!decision.allowed || gap.drop === null) return { review, decision: kept, unknown };
  const dropped = (await judgeWritten(gap.drop, given)).decision;
  const isJudged = !dropped.allowed || dropped.assumed.some((each) => !decision.assumed.includes(each));
  if (isJudged) {
    const why = { message: `${describeSizes(review)}: ${gap.unknown}`, warnings: [] };
    return { review, decision: { ...kept, ...NOT_KNOWN, ...why }, unknown: true };
  }
  // in mode warn nothing is denied, but told
  const warnings = [...new Set([...dropped.warnings.filter(isWouldDeny), ...decision.warnings])];
  return { review, decision: { ...kept, warnings }, unknown: false };
}

const NOT_KNOWN = {
  allowed: false,
  rule: "state-unavailable",
  code: GENERIC_DENIALS["state-unavailable"].code,
  removed: [],
} as const;

async function judgeWritten(review: SetReview, given: CheckInput): Promise<CheckResult> {
  const removed = removedIn(review);
  const read = readSetChange(review);
  if ("wrong" in read)
    throw new BadInput(`StatefulSet ${review.namespace}/${review.name} cannot be read: ${read.wrong}`);
  if ("nothing" in read) return { review, decision: notOurs(review, removed), unknown: false };
  const { guarded, asked, offline } = await guardOffline(read.change, given);
  const denial = findDenial(guarded);
  const assumed = asked === null ? [] : listAssumptions(asked, offline, denial?.rule ?? null);
  const seen = { removed, assumed };
  if (denial !== null && asked !== null && given.ring === null && restsOnTheRing(asked, denial.rule)) {
    const message = `${describeSizes(review)}: whether that is safe depends on who is in the ring. ${explainRingExport(asked)}`;
    // in mode warn nothing is denied, whatever the ring may be
    if (guarded.answer.allowed) return inject(review, given, { ...seen, warnings: [message] });
    const decision = { allowed: false, ...denial, message, ...seen, warnings: [] };
    return { review, decision, unknown: true };
  }
  if (!guarded.answer.allowed && denial !== null)
    return { review, decision: { allowed: false, ...denial, ...seen, warnings: [] }, unknown: false };
  return inject(review, given, {
    ...seen,
    warnings: guarded.outcome === null ? [] : [guarded.outcome.message],
  });
}

function removedIn({ namespace, name, set, old }: SetReview): number[] {
  const span = ({ spec }: NonNullable<SetReview["set"]>) => ({
    start: spec.ordinals?.start ?? 0,
    replicas: spec.replicas ?? 1,
  });
  const spans =
    old === null ? [] : findRemovedSpans(span(old), set === null ? { start: 0, replicas: 0 } : span(set));
  const count = countOrdinals(spans);
  if (count > MOST_PODS) {
    throw new BadInput(
      `StatefulSet ${namespace}/${name}: ${count} ordinals would go, and check lists no more than ${MOST_PODS}; ` +
        "look at spec.replicas and spec.ordinals in the files",
    );
  }
  return listFromHighest(spans, count).reverse();
}

function notOurs(review: SetReview, removed: number[]): CheckDecision {
  const message = `${describeSizes(review)}: not protected, its pod template has no label ${PROFILE_LABEL}`;
  return { allowed: true, rule: null, code: null, message, removed, assumed: [], warnings: [] };
}

interface CheckDenial {
  readonly rule: string;
  readonly code: string;
  readonly message: string;
}

/** What denies, or in mode warn would deny; what an override lets through is no denial. */
function findDenial({ answer, outcome: told }: Pick<GuardResult, "answer" | "outcome">): CheckDenial | null {
  if (told !== null) return told.is === "overridden" ? null : told.denial;
  if (answer.allowed) return null;
  const { rule = "", code = "" } = answer.auditAnnotations ?? {};
  return { rule, code, message: (answer.status?.message ?? "").replace(`rollcall ${code} ${rule}: `, "") };
}

function restsOnTheRing({ ring }: ScaleDownReview, denied: string): boolean {
  if (ring === null) return false;
  // all other evidence is there, so what could not be judged is the ring
  return (
    denied === "state-unavailable" ||
    SCALE_DOWN_RULES.some(({ name, needs }) => name === denied && needs.includes("ring"))
  );
}

/** What the guard lets pass is denied at apply where its pods could not be made. */
async function inject(
  review: SetReview,
  { force, others }: CheckInput,
  seen: Pick<CheckDecision, "removed" | "assumed" | "warnings">,
): Promise<CheckResult> {
  const answer = await validateStatefulSet(review, force, {
    liveSets: () => Promise.resolve(others),
    budgets: null,
  });
  const denial = findDenial({ answer, outcome: null });
  const awaited = review.set === null ? null : findPendingDenial(review.set, review.namespace, force);
  const assumed =
    awaited === null
      ? seen.assumed
      : [...seen.assumed, `another webhook adds what pods lack: ${awaited.message}`];
  const told = { ...seen, assumed, warnings: [...seen.warnings, ...(answer.warnings ?? [])] };
  const decision: CheckDecision =
    denial === null
      ? { allowed: true, rule: null, code: null, message: describeSizes(review), ...told }
      : { allowed: false, ...denial, ...told };
  return { review, decision, unknown: false };
}
