// Reviews of a StatefulSet, of its scale, and of the deletion of its pods. A change is first validated by simulating its pods,
// then the guard decides on the pods that it removes.
import { setTimeout as pause } from "node:timers/promises";
import { META } from "../../init/contract/apiObjects.ts";
import { nullish, object, readShape } from "../../init/contract/shape.ts";
import { type AdmissionAnswer, allowRequest, denyRequest, mergeAnswers } from "../admission/answer.ts";
import { yieldIfSlow } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { addDeniedAction } from "../denials/codes.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { readProfileLabel } from "../kubernetes/statefulSetPods.ts";
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
import { removesPodsOrProtection } from "../scaleDown/governingProfile.ts";
import { gatePodDeletion } from "../scaleDown/podDeletion/gatePodDeletion.ts";
import { addReassurance, type GuardResult } from "../scaleDown/reviewOutcome.ts";
import { type GuardConfig, reviewScaleDown } from "../scaleDown/reviewScaleDown.ts";
import type { PodAccount } from "../validation/memberRole.ts";
import type { LiveSets } from "../validation/numberPool.ts";
import { validateStatefulSet } from "../validation/validateStatefulSet.ts";
import type { ConfirmOutcome } from "./confirm.ts";

/** Timeout for PodDisruptionBudgets and permissions, which are only needed for warnings. */
const WARNINGS_MS = 2_000;

/** How long after the first question a missing budget or permission is asked for again. */
const RETRY_MS = 500;

/** How long the answer to an overridden deletion waits for the confirmation of its Event. */
const CONFIRM_MS = 1_000;

export interface GuardSettings {
  ports: EvidencePorts;
  collectorUsers: GuardConfig["collectorUsers"];
  now: GuardConfig["now"];
  /** called for every denial and override, except in a dry run */
  confirmOutcome: ConfirmOutcome;
}

export interface ReviewContext extends RequestContext {
  liveSets: LiveSets;
  guard: GuardSettings;
}

/** Answers CREATE, UPDATE and DELETE of a StatefulSet. */
export async function reviewStatefulSet(
  request: AdmissionRequest,
  context: ReviewContext,
): Promise<AdmissionAnswer> {
  const review = readSetReview(request);
  if ("rule" in review) {
    const { operation, namespace = "", name = "" } = request;
    return denyOrWarn(addDeniedAction(`${operation} of StatefulSet ${namespace}/${name}`, review), "enforce");
  }
  await yieldIfSlow();
  return reviewChange({ request, review, read: readSetChange(review) }, context);
}

/** Answers UPDATE of a StatefulSet's scale: the same as if its spec.replicas had been changed. */
export async function reviewScale(
  request: AdmissionRequest,
  context: ReviewContext,
): Promise<AdmissionAnswer> {
  if (request.operation !== "UPDATE") return allowRequest();
  const target = readScaleTarget(request);
  if ("wrong" in target) return denyUnreadable(target.wrong);
  const { name } = target;
  const { namespace = "" } = request;
  const live = await context.guard.ports.liveSet(namespace, name, context.deadline);
  const read = readScaleChange(request, live);
  if (!("change" in read)) return "wrong" in read ? denyUnreadable(read.wrong) : allowRequest();
  const { before, after } = read.change;
  const review = {
    operation: "UPDATE" as const,
    namespace,
    name,
    set: after?.set ?? null,
    old: before?.set ?? null,
  };
  return reviewChange({ request, review, read }, context);
}

async function reviewChange(
  { request, review, read }: { request: AdmissionRequest; review: SetReview; read: ReadChange },
  context: ReviewContext,
): Promise<AdmissionAnswer> {
  const { liveSets, guard: settings, deadline } = context;
  const { budgets, rights } = settings.ports;
  const shortDeadline = (): AbortSignal => AbortSignal.any([deadline, AbortSignal.timeout(WARNINGS_MS)]);
  const ports = {
    liveSets,
    budgets: budgets === null ? null : (namespace: string) => budgets(namespace, shortDeadline()),
    rights: rights === null ? null : (account: PodAccount) => rights(account, shortDeadline()),
    // one that Rollcall has already seen has had the time to get them
    pauseBeforeRetry: isNewToProfile(review) ? createPause(deadline) : null,
  };
  // a profile that is applied together with its StatefulSet may not have reached this replica yet
  const { source, settings: inject } = context;
  const names = listProfileNames(review);
  const { answer: atApply, profiles } = await reviewWithLatestProfiles(
    names,
    source.current(),
    context,
    async (each) => ({
      answer: await validateStatefulSet(review, { profiles: each, settings: inject }, ports),
    }),
  );
  if (!atApply.allowed || "nothing" in read) return atApply;
  if ("wrong" in read) return denyUnreadable(read.wrong);
  await yieldIfSlow();
  const { answer, outcome } = await runGuard(read.change, request, { names, profiles, context });
  if (outcome !== null && request.dryRun !== true) {
    const confirmed = settings.confirmOutcome(outcome);
    // after the answer to an allowed DELETE the object no longer exists and cannot confirm the Event
    if (answer.allowed && read.change.operation === "DELETE")
      await Promise.race([
        confirmed,
        pause(CONFIRM_MS, undefined, { ref: false, signal: deadline }).catch(() => undefined),
      ]);
  }
  return mergeAnswers(answer, atApply);
}

const isNewToProfile = ({ set, old }: SetReview): boolean => readProfileLabel(set) !== readProfileLabel(old);

/** All questions of a review share one pause. */
function createPause(signal: AbortSignal): () => Promise<void> {
  let pausing: Promise<void> | null = null;
  return () => (pausing ??= pause(RETRY_MS, undefined, { ref: false, signal }).catch(() => undefined));
}

/** The profiles that a StatefulSet names before and after the change. */
function listProfileNames({ set, old }: SetReview): string[] {
  return [...new Set([set, old].flatMap((each) => readProfileLabel(each) ?? []))];
}

/** The guard's answer. If pods would be removed, the newest profiles are read first, so that a recent edit counts. */
async function runGuard(
  change: SetChange,
  request: AdmissionRequest,
  {
    names,
    profiles: latest,
    context,
  }: { names: readonly string[]; profiles: Profiles | null; context: ReviewContext },
): Promise<GuardResult> {
  const { source, deadline } = context;
  const { ports, collectorUsers, now } = context.guard;
  const decide = (profiles: Profiles | null): Promise<GuardResult> =>
    reviewScaleDown(change, request, { config: { profiles, collectorUsers, now }, ports, deadline });
  if (!removesPodsOrProtection(change)) return reviewWithLatestProfiles(names, latest, context, decide);
  await source.refresh(names, deadline);
  return decide(source.current());
}

/** Answers DELETE of a pod. */
export async function reviewPodDeletion(
  request: AdmissionRequest,
  context: ReviewContext,
): Promise<AdmissionAnswer> {
  const { controllerUsers } = context.settings;
  const { ports, now, confirmOutcome } = context.guard;
  const { source, deadline } = context;
  const read = readShape(labelled, request.oldObject);
  const name = "value" in read ? read.value.metadata.labels?.[PROFILE_LABEL] : undefined;
  // by the latest profiles, because the controller retries a denied deletion only after minutes
  const names = name === undefined ? [] : [name];
  const { answer, outcome } = await reviewWithLatestProfiles(names, source.current(), context, (profiles) =>
    gatePodDeletion(request, { config: { profiles, controllerUsers, now }, ports, deadline }),
  );
  if (outcome !== null && request.dryRun !== true) void confirmOutcome(outcome);
  return answer;
}

const labelled = object({ metadata: object({ labels: nullish(META.labels) }) });

function denyUnreadable(wrong: string): AdmissionAnswer {
  const denial = denyWithCode(
    "request-unreadable",
    `The change is denied, since it cannot be read: ${wrong}.`,
  );
  return denyRequest(addReassurance(formatGuardDenial(denial)), {
    audit: { rule: denial.rule, code: denial.code },
  });
}
