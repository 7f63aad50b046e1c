// Reviews changes of StatefulSets and their scale: a request in; an answer out, and what to report in Events. Whatever
// is not in the review comes through ports, so that nothing here depends on a network.
import { allowRequest } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { listNames } from "../kubernetes/shorten.ts";
import { findSimilarName } from "../profiles/findSimilarName.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { addOverrideHint } from "./addOverrideHint.ts";
import type { SetChange } from "./change.ts";
import { denyWithCode, type GuardDenial } from "./codes.ts";
import { quoteShellWord } from "./commands.ts";
import { rebaseChange } from "./confirmedChange.ts";
import { decideScaleDown, explainUnavailable, listNeededEvidence, type ScaleDownDecision } from "./decide.ts";
import type { Evidence, EvidenceKind } from "./evidence.ts";
import { addCollectorHint, isGarbageCollector } from "./garbageCollectors.ts";
import {
  removesPodsOrProtection,
  selectGoverningProfile,
  type UngovernedChange,
} from "./governingProfile.ts";
import { listRingWarnings } from "./listRingWarnings.ts";
import { buildMessage, describeChange, formatPlural, INSPECT_LOG, inspectWith } from "./messages.ts";
import { type Override, readOverride } from "./overrides.ts";
import { listReaddedMembers } from "./removedPods.ts";
import {
  ALLOWED,
  allowOverridden,
  type ConfirmedOutcome,
  denyReview,
  type GuardResult,
  identifySet,
  type OutcomeSubject,
} from "./reviewOutcome.ts";
import { buildReview, getTargetSet, type ScaleDownReview } from "./rule.ts";
import type { SetState } from "./setState.ts";

/** Why a record was not written. */
export interface UnwrittenRecord {
  readonly why: string;
  /** sentences that say what to do; none: a retry may succeed */
  readonly remedy?: string;
}

export interface GuardPorts {
  /** gathers these kinds at the same time, within the deadline; the others are unknown */
  gather(review: ScaleDownReview, kinds: ReadonlySet<EvidenceKind>, deadline: AbortSignal): Promise<Evidence>;
  /** records how many pods the live StatefulSet has; null: done, otherwise why not */
  record(set: SetState, review: ScaleDownReview, deadline: AbortSignal): Promise<UnwrittenRecord | null>;
  /** lets evicted pods join their ring again; null: done, otherwise why not */
  readmit(set: SetState, pods: readonly string[], deadline: AbortSignal): Promise<UnwrittenRecord | null>;
  /** whether a namespace is terminating @default false, without a cluster */
  isEnding?(namespace: string, deadline: AbortSignal): Promise<boolean>;
}

export interface GuardConfig {
  /** null until they have been loaded */
  readonly profiles: Profiles | null;
  /** controllers that delete what is in a terminating namespace */
  readonly collectorUsers: readonly string[];
  readonly now: () => Date;
}

/** Milliseconds. Best effort; it must not delay the response. */
const BEST_EFFORT_MS = 2_000;

/** Answers CREATE, UPDATE and DELETE of a StatefulSet, and UPDATE of its scale. */
export async function reviewScaleDown(
  change: SetChange,
  request: AdmissionRequest,
  given: { config: GuardConfig; ports: GuardPorts; deadline: AbortSignal },
): Promise<GuardResult> {
  const { username } = request.userInfo;
  if (change.operation === "DELETE" && given.config.collectorUsers.includes(username)) return ALLOWED;
  if (change.operation === "DELETE" && isGarbageCollector(username)) {
    return toCollectorResult(await reviewByProfile(change, request, given));
  }
  return reviewByProfile(change, request, given);
}

/** No person reads the response to the garbage collector, so the Event says what to do. */
function toCollectorResult({ answer, outcome }: GuardResult): GuardResult {
  if (outcome === null || outcome.is !== "denied") return { answer, outcome };
  return {
    answer,
    outcome: { ...outcome, is: "held", confirm: (live) => toCollectorOutcome(outcome.confirm(live), live) },
  };
}

function toCollectorOutcome(confirmed: ConfirmedOutcome | null, live: SetState): ConfirmedOutcome | null {
  if (confirmed === null) return null;
  const change: SetChange = { operation: "DELETE", before: live, after: null };
  return { ...confirmed, is: "held", message: addCollectorHint(confirmed.message, { change }, live.name) };
}

async function reviewByProfile(
  change: SetChange,
  request: AdmissionRequest,
  given: { config: GuardConfig; ports: GuardPorts; deadline: AbortSignal },
): Promise<GuardResult> {
  const { config, ports, deadline } = given;
  const { username } = request.userInfo;
  const now = config.now();
  const override = readOverride(
    (change.operation === "DELETE" ? change.before : change.after).annotations,
    now,
  );
  const governing = selectGoverningProfile(change, config.profiles);
  if ("missing" in governing) {
    // in a terminating namespace every deletion is allowed, also without a profile
    const isDeletion = change.operation === "DELETE";
    if (isDeletion && (await ports.isEnding?.(change.before.namespace, deadline)) === true) return ALLOWED;
    const findLiveDenial = (live: SetState) =>
      findUngovernedDenial(selectGoverningProfile(rebaseChange(change, live), config.profiles));
    return reviewUngoverned(governing, { override, now, username, findLiveDenial });
  }

  const review = buildReview(governing.change, governing.profile);
  const evidence = await ports.gather(review, listNeededEvidence(review), deadline);
  const verdict = decideScaleDown(review, evidence, { override, now });
  const { mode } = governing.profile;
  /** the denial for the live StatefulSet, by the same profile and evidence */
  const findLiveDenial = (live: SetState): GuardDenial | null => {
    const again = selectGoverningProfile(rebaseChange(change, live), config.profiles);
    if ("missing" in again || again.profile !== governing.profile) return null;
    const found = decideScaleDown(buildReview(again.change, again.profile), evidence, {
      override: { is: "none" },
      now,
    });
    return found.allowed ? null : found.denial;
  };
  if (!verdict.allowed) return denyReview(verdict.denial, mode, { set: identifySet(review), findLiveDenial });
  const recordDenial = await recordPods(review, verdict, { request, ports, deadline });
  const overridden = verdict.overridden ?? recordDenial;
  const readmissionWarnings = await readmitPods(review, { request, ports, deadline });
  if (overridden === null) {
    const ringWarnings = await listRingWarnings(review, () =>
      readRecordSoon(review, evidence, { ports, deadline }),
    );
    return allowWithWarnings([...readmissionWarnings, ...ringWarnings]);
  }
  const about = { set: identifySet(review), findLiveDenial };
  if (override.is === "valid") return allowOverridden(overridden, about, { override, now, user: username });
  const message = addOverrideHint(overridden.message, review, { override, now, offered: true });
  return denyReview({ ...overridden, message }, mode, about);
}

/** The record, for warnings. */
async function readRecordSoon(
  review: ScaleDownReview,
  { record }: Evidence,
  { ports, deadline }: { ports: GuardPorts; deadline: AbortSignal },
): Promise<Evidence["record"]> {
  if ("known" in record) return record;
  const soon = AbortSignal.any([deadline, AbortSignal.timeout(BEST_EFFORT_MS)]);
  return (await ports.gather(review, new Set(["record"]), soon)).record;
}

const allowWithWarnings = (warnings: readonly string[]): GuardResult =>
  warnings.length === 0 ? ALLOWED : { answer: allowRequest({ warnings }), outcome: null };

/** Without a profile it is visible whether pods are removed, but not whether they may be. */
function reviewUngoverned(
  governing: UngovernedChange,
  given: {
    override: Override;
    now: Date;
    username: string;
    findLiveDenial: OutcomeSubject["findLiveDenial"];
  },
): GuardResult {
  const { change } = governing;
  const { override, now, username: user, findLiveDenial } = given;
  const denial = findUngovernedDenial(governing);
  if (denial === null) return ALLOWED;
  const about = { set: identifySet({ change }), findLiveDenial };
  if (override.is === "valid") return allowOverridden(denial, about, { override, now, user });
  const message = addOverrideHint(denial.message, { change }, { ...given, offered: true });
  return denyReview({ ...denial, message }, "enforce", about);
}

function findUngovernedDenial(governing: ReturnType<typeof selectGoverningProfile>): GuardDenial | null {
  if (!("missing" in governing) || !removesPodsOrProtection(governing.change)) return null;
  const { change, missing, isLoaded, isRejected, usable } = governing;
  const { namespace, name } = getTargetSet({ change });
  const what = `${describeChange(change, `StatefulSet ${namespace}/${name}`)} is denied:`;
  const { message: text } = !isLoaded
    ? buildMessage(
        `${what} its profile "${missing}" is unknown, since the webhook has not loaded any RollcallProfiles yet. Retry; if this persists, check the ` +
          "webhook's log.",
        INSPECT_LOG,
      )
    : isRejected
      ? buildMessage(
          `${what} its profile "${missing}" is not active. Have a cluster admin correct it, then retry. If Rollcall was downgraded, install the later ` +
            "version again instead.",
          inspectWith(`kubectl describe rcp ${quoteShellWord(missing)}`),
        )
      : buildMessage(
          `${what} its profile "${missing}" does not exist. Have a cluster admin apply that RollcallProfile again as it was, then retry. Do not create ` +
            `another profile under this name: new pods could get other numbers. ${explainUsable(namespace, missing, usable)}`,
          inspectWith("kubectl get rcp"),
        );
  return denyWithCode("profile-missing", text);
}

/** The profile may be missing because the label is misspelled. Its correction changes the protection. */
function explainUsable(namespace: string, missing: string, usable: readonly string[]): string {
  const similar = findSimilarName(usable, missing);
  const names = usable.length === 0 ? "none" : listNames(usable);
  const meant = similar === null ? "" : `Did you mean ${similar}? `;
  return (
    `Namespace ${namespace} may use: ${names}. ${meant}If the label ${PROFILE_LABEL} of the pod template is misspelled, correct it there; ` +
    "that needs the override."
  );
}

/**
 * Members that a scale-up adds again may join again. @returns a warning if that failed, which must not delay the
 * scale-up
 */
async function readmitPods(
  review: ScaleDownReview,
  { request, ports, deadline }: { request: AdmissionRequest; ports: GuardPorts; deadline: AbortSignal },
): Promise<string[]> {
  const pods = listReaddedMembers(review);
  if (pods.length === 0 || request.dryRun === true) return [];
  const soon = AbortSignal.any([deadline, AbortSignal.timeout(BEST_EFFORT_MS)]);
  const unwritten = await ports.readmit(getTargetSet(review), pods, soon);
  if (unwritten === null) return [];
  const { why, remedy } = unwritten;
  return [
    `rollcall: cannot determine whether ${listNames(pods)} ${formatPlural(pods.length, "was", "were")} evicted earlier: ${why}. ${remedy === undefined ? "" : `${remedy} `}If a pod waits in ` +
      `rollcall-init for its readmission, run \`/rollcall/rollcall ${review.ring?.command} rejoin POD\` in a running member.`,
  ];
}

async function recordPods(
  review: ScaleDownReview,
  { toRecord }: Extract<ScaleDownDecision, { allowed: true }>,
  given: { request: AdmissionRequest; ports: GuardPorts; deadline: AbortSignal },
): Promise<GuardDenial | null> {
  if (toRecord === null || given.request.dryRun === true) return null;
  const unwritten = await given.ports.record(getTargetSet(review), review, given.deadline);
  // a deletion does not wait for it: pods that are left behind are seen anyway
  if (unwritten === null || review.change.operation === "DELETE") return null;
  const { why, ...remedy } = unwritten;
  const unknown = `cannot record how many pods there are, without which a later scale-up with too few pods would not be noticed: ${why}`;
  return denyWithCode("state-unavailable", explainUnavailable(review, { unknown, ...remedy }));
}
