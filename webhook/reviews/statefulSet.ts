// A change of a StatefulSet, or of its scale: what injection has to say of its pods, and then what the guard has to say
// of those that would go. Both read the same review.
import { setTimeout as pause } from "node:timers/promises";
import { META } from "../../init/contract/apiObjects.ts";
import { nullish, object, readShape } from "../../init/contract/shape.ts";
import { type AdmissionAnswer, allowRequest, denyRequest, mergeAnswers } from "../admission/answer.ts";
import { yieldIfSlow } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { readSetReview, type SetReview } from "../kubernetes/statefulSetReview.ts";
import { type RequestContext, reviewWithLatestProfiles } from "../mutation/profileVersions.ts";
import { denyOrWarn } from "../mutation/reviewPod.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import {
  type ReadChange,
  readScaleChange,
  readScaleTarget,
  readSetChange,
  type SetChange,
} from "../scaleDown/change.ts";
import { denyWithCode, formatGuardDenial } from "../scaleDown/codes.ts";
import type { EvidencePorts } from "../scaleDown/evidence/createEvidencePorts.ts";
import { removesPods } from "../scaleDown/governingProfile.ts";
import { gatePodDeletion } from "../scaleDown/podDeletion/gatePodDeletion.ts";
import { type GuardConfig, type GuardResult, guard } from "../scaleDown/reviewScaleDown.ts";
import type { LiveSets } from "../validation/numberPool.ts";
import { validateStatefulSet } from "../validation/validateStatefulSet.ts";
import type { ConfirmOutcome } from "./confirm.ts";

/** Milliseconds that a question for PodDisruptionBudgets may take. */
const BUDGETS_MS = 2_000;

/** Milliseconds for which a deletion by override waits until its Event is confirmed. */
const CONFIRM_MS = 1_000;

export interface GuardSettings {
  ports: EvidencePorts;
  collectorUsers: GuardConfig["collectorUsers"];
  now: GuardConfig["now"];
  /** told of every denial and override that was no dry run */
  tell: ConfirmOutcome;
}

export interface ReviewContext extends RequestContext {
  liveSets: LiveSets;
  guard: GuardSettings;
}

/** Answers CREATE, UPDATE and DELETE of a StatefulSet. */
export async function reviewStatefulSet(
  request: AdmissionRequest,
  judging: ReviewContext,
): Promise<AdmissionAnswer> {
  const review = readSetReview(request);
  if ("rule" in review) return denyOrWarn(review, "enforce");
  await yieldIfSlow();
  return judge({ request, review, read: readSetChange(review) }, judging);
}

/** Answers UPDATE of a StatefulSet's scale: the same as if its spec.replicas had been changed. */
export async function reviewScale(
  request: AdmissionRequest,
  judging: ReviewContext,
): Promise<AdmissionAnswer> {
  if (request.operation !== "UPDATE") return allowRequest();
  const named = readScaleTarget(request);
  if ("wrong" in named) return unreadable(named.wrong);
  const { name } = named;
  const { namespace = "" } = request;
  const live = await judging.guard.ports.liveSet(namespace, name, judging.deadline);
  const read = readScaleChange(request, live);
  if (!("change" in read)) return "wrong" in read ? unreadable(read.wrong) : allowRequest();
  const { before, after } = read.change;
  const review = {
    operation: "UPDATE" as const,
    namespace,
    name,
    set: after?.set ?? null,
    old: before?.set ?? null,
  };
  return judge({ request, review, read }, judging);
}

async function judge(
  asked: { request: AdmissionRequest; review: SetReview; read: ReadChange },
  judging: ReviewContext,
): Promise<AdmissionAnswer> {
  const { request, review, read } = asked;
  const { liveSets, guard: settings, deadline } = judging;
  const { budgets } = settings.ports;
  // they are for a warning alone, and must leave the guard its time
  const soon = (): AbortSignal => AbortSignal.any([deadline, AbortSignal.timeout(BUDGETS_MS)]);
  const applying = {
    liveSets,
    budgets: budgets === null ? null : (namespace: string) => budgets(namespace, soon()),
  };
  // a profile that is applied together with the StatefulSet that picks it has perhaps not come here yet
  const { source, settings: inject } = judging;
  const names = namesIn(review);
  const { answer: atApply, profiles } = await reviewWithLatestProfiles(
    names,
    source.current(),
    judging,
    async (each) => ({
      answer: await validateStatefulSet(review, { profiles: each, settings: inject }, applying),
    }),
  );
  if (!atApply.allowed || "nothing" in read) return atApply;
  if ("wrong" in read) return unreadable(read.wrong);
  await yieldIfSlow();
  const { answer, outcome: told } = await guardBy(read.change, request, { names, profiles, judging });
  if (told !== null && request.dryRun !== true) {
    const looked = settings.tell(told);
    // what is allowed to be deleted is gone after the answer, and then confirms nothing
    if (answer.allowed && read.change.operation === "DELETE")
      await Promise.race([
        looked,
        pause(CONFIRM_MS, undefined, { ref: false, signal: deadline }).catch(() => undefined),
      ]);
  }
  return mergeAnswers(answer, atApply);
}

/** The profiles that a StatefulSet picks, before and after. */
function namesIn({ set, old }: SetReview): string[] {
  const names = [set, old].flatMap((each) => each?.spec.template.metadata?.labels?.[PROFILE_LABEL] ?? []);
  return [...new Set(names)];
}

/**
 * The guard's answer. Where pods would go the API server is asked for the newest profiles first: who has just edited what
 * protects them is not answered by what was there before.
 */
async function guardBy(
  change: SetChange,
  request: AdmissionRequest,
  given: { names: readonly string[]; profiles: Profiles | null; judging: ReviewContext },
): Promise<GuardResult> {
  const { names, judging } = given;
  const { source, deadline } = judging;
  const { ports, collectorUsers, now } = judging.guard;
  const by = (profiles: Profiles | null): Promise<GuardResult> =>
    guard(change, request, { force: { profiles, collectorUsers, now }, ports, deadline });
  if (!removesPods(change)) return reviewWithLatestProfiles(names, given.profiles, judging, by);
  await source.refresh(names, deadline);
  return by(source.current());
}

/** Answers DELETE of a pod. */
export async function reviewPodDeletion(
  request: AdmissionRequest,
  judging: ReviewContext,
): Promise<AdmissionAnswer> {
  const { controllerUsers } = judging.settings;
  const { ports, now, tell } = judging.guard;
  const { source, deadline } = judging;
  const read = readShape(labelled, request.oldObject);
  const name = "value" in read ? read.value.metadata.labels?.[PROFILE_LABEL] : undefined;
  // one that is held is not asked for again for minutes
  const names = name === undefined ? [] : [name];
  const { answer, outcome: told } = await reviewWithLatestProfiles(
    names,
    source.current(),
    judging,
    (profiles) => gatePodDeletion(request, { force: { profiles, controllerUsers, now }, ports, deadline }),
  );
  if (told !== null && request.dryRun !== true) void tell(told);
  return answer;
}

const labelled = object({ metadata: object({ labels: nullish(META.labels) }) });

function unreadable(wrong: string): AdmissionAnswer {
  const denial = denyWithCode(
    "request-unreadable",
    `The change is denied, since it cannot be read: ${wrong}.`,
  );
  return denyRequest(formatGuardDenial(denial), { audit: { rule: denial.rule, code: denial.code } });
}
