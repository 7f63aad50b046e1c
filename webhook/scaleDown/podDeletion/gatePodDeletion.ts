// The pod-deletion gate: reviews deletions of pods by the StatefulSet controller, and holds a pod whose ordinal is
// removed until it may end (docs/architecture.md#pod-deletion-gate). Restarts always pass, and so do pods that do not
// form a ring.
import { META } from "../../../init/contract/apiObjects.ts";
import { list, nullish, object, readShape } from "../../../init/contract/shape.ts";
import type { AdmissionRequest } from "../../admission/review.ts";
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import { OWNER } from "../../kubernetes/objects.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { Profiles } from "../../profiles/profileSet.ts";
import { denyByRule, denyWithCode, type GuardDenial } from "../codes.ts";
import { formatPatchSpec, quoteShellWord } from "../commands.ts";
import { decideScaleDown } from "../decide.ts";
import type { Evidence, KnownOrUnknown, UnknownReason } from "../evidence.ts";
import { buildMessage, groupCommands, inspectWith } from "../messages.ts";
import { isInSpan, parseOrdinal } from "../ordinals.ts";
import { readOverride } from "../overrides.ts";
import {
  ALLOWED,
  allowOverridden,
  denyReview,
  type GuardResult,
  identifySet,
  type ReviewOutcome,
} from "../reviewOutcome.ts";
import type { GuardConfig, GuardPorts } from "../reviewScaleDown.ts";
import { buildReview, type ScaleDownReview } from "../rule.ts";
import { profileLabelChanged } from "../rules/profileLabelChanged.ts";
import { readSetState, type SetState } from "../setState.ts";
import { openHold, POD_DELETION_RULES, RETRIES } from "./rules.ts";

/** Above the ordinals of every ring, so that every member above the pod counts as removed. */
const BEYOND = 2 ** 31;

const deleted = object({
  metadata: object({
    name: META.name,
    labels: nullish(META.labels),
    ownerReferences: nullish(
      list(object({ kind: OWNER.kind, name: OWNER.name, uid: OWNER.uid, controller: OWNER.controller })),
    ),
  }),
});

export interface PodDeletionInput {
  config: Omit<GuardConfig, "collectorUsers"> & { readonly controllerUsers: readonly string[] };
  ports: Pick<GuardPorts, "gather"> & {
    liveSet(namespace: string, name: string, deadline: AbortSignal): Promise<KnownOrUnknown<unknown>>;
  };
  deadline: AbortSignal;
}

/**
 * Answers DELETE of a pod. The template of its StatefulSet selects the profile; the label of the pod may have been
 * changed.
 */
export async function gatePodDeletion(
  request: AdmissionRequest,
  given: PodDeletionInput,
): Promise<GuardResult> {
  const { config, ports, deadline } = given;
  const { username } = request.userInfo;
  if (!config.controllerUsers.includes(username)) return ALLOWED;
  const pod = readDeletedPod(request);
  if (pod === null) return ALLOWED;
  const { namespace = "" } = request;
  const set = { namespace, name: pod.set, uid: pod.setUid };
  const read = readSet(await ports.liveSet(namespace, pod.set, deadline), namespace);
  if ("unknown" in read) {
    const mode = config.profiles?.get(pod.label)?.mode ?? "enforce";
    return holdDeletion(denyUnread(read.unknown, namespace, pod), mode, set);
  }
  const { state } = read;
  if (state === null || !isOwnPod(state, pod) || isInSpan(state.ordinals, pod.ordinal)) return ALLOWED;
  const found = selectRingProfile(state, pod, config.profiles);
  if (found === null) return ALLOWED;
  if ("profile" in found)
    return judge(buildReview(changeTo(state, pod.ordinal), found.profile), { ...given, username });
  const override = readOverride(state.annotations, config.now());
  const { denial, mode } = found;
  return override.is === "valid"
    ? allowOverridden(
        denial,
        { set, findLiveDenial: () => denial },
        { override, now: config.now(), user: username },
      )
    : holdDeletion(denial, mode, set);
}

/**
 * The profile that governs the deletion, or the denial if there is none; null: it is allowed. Zero replicas are
 * maintenance, which was reviewed when the StatefulSet was scaled.
 */
function selectRingProfile(
  state: SetState,
  pod: DeletedPod,
  profiles: Profiles | null,
): { profile: Profile } | { denial: GuardDenial; mode: Profile["mode"] } | null {
  const { label } = pod;
  const own = profiles?.get(label);
  const protectsOwn = own === undefined || own.drop.policy !== "allow";
  // the StatefulSet was recreated without the label, or with another one, and adopted pods of one that had it
  if (state.profile !== label && protectsOwn && (state.profile === null || own !== undefined))
    return { denial: denyAbandoned(state, pod), mode: own?.mode ?? "enforce" };
  if (state.profile === null || state.ordinals.replicas === 0) return null;
  const profile = profiles?.get(state.profile);
  if (profile === undefined) return { denial: denyUngoverned(state, pod), mode: "enforce" };
  return profile.ring === null ? null : { profile };
}

function denyAbandoned(state: SetState, { label, ordinal }: DeletedPod): GuardDenial {
  const { namespace, name } = state;
  const selects = state.profile === null ? "no profile" : `profile ${state.profile}`;
  const template = { metadata: { labels: { [PROFILE_LABEL]: label } } };
  return denyByRule(
    profileLabelChanged,
    buildMessage(
      `Deleting pod ${name}-${ordinal} is held: it was created under profile ${label}, and StatefulSet ${namespace}/${name} now selects ${selects}. ` +
        `Put the label back. ${RETRIES}`,
      groupCommands(
        "Puts the label back into the pod template:",
        formatPatchSpec({ change: { operation: "DELETE", before: state, after: null } }, { template }),
      ),
    ).message,
  );
}

const denyUnread = (why: string, namespace: string, { set, ordinal }: DeletedPod): GuardDenial =>
  denyWithCode(
    "state-unavailable",
    `Deleting pod ${set}-${ordinal} is held: cannot read StatefulSet ${namespace}/${set}: ${why}. ${RETRIES}`,
  );

const denyUngoverned = ({ namespace, name, profile }: SetState, { ordinal }: DeletedPod): GuardDenial =>
  denyWithCode(
    "profile-missing",
    buildMessage(
      `Deleting pod ${name}-${ordinal} of StatefulSet ${namespace}/${name} is held: its profile "${profile}" does not exist or is not active. ` +
        `Apply the profile again, or correct it. ${RETRIES}`,
      inspectWith(`kubectl describe rcp ${quoteShellWord(profile ?? "")}`),
    ).message,
  );

interface DeletedPod {
  ordinal: number;
  set: string;
  setUid: string;
  /** the profile that the label of the pod selects */
  label: string;
}

/** The labelled pod of a StatefulSet; null if it is not one. */
function readDeletedPod({ oldObject }: AdmissionRequest): DeletedPod | null {
  const read = readShape(deleted, oldObject);
  if ("fault" in read) return null;
  const { name, labels, ownerReferences } = read.value.metadata;
  const owner = ownerReferences?.find(
    ({ controller, kind }) => controller === true && kind === "StatefulSet",
  );
  const label = labels?.[PROFILE_LABEL];
  if (owner === undefined || label === undefined) return null;
  const ordinal = parseOrdinal(name, owner.name);
  return ordinal === null ? null : { ordinal, set: owner.name, setUid: owner.uid, label };
}

function readSet(
  live: KnownOrUnknown<unknown>,
  namespace: string,
): { state: SetState | null } | { unknown: string } {
  if ("unknown" in live) return live;
  if (live.known === null) return { state: null };
  const read = readSetState(live.known, namespace);
  return "wrong" in read ? { unknown: read.wrong } : read;
}

/** Whether the StatefulSet still owns the pod: the same one, and not being deleted. */
function isOwnPod({ set }: SetState, { setUid }: DeletedPod): boolean {
  const { uid, deletionTimestamp } = set.metadata;
  return uid === setUid && !deletionTimestamp;
}

/** As if this ordinal and all above it were removed now. */
function changeTo(after: SetState, ordinal: number): ScaleDownReview["change"] {
  const before = { ...after, ordinals: { start: ordinal, replicas: BEYOND - ordinal } };
  return { operation: "UPDATE", before, after };
}

async function judge(
  review: ScaleDownReview,
  given: PodDeletionInput & { username: string },
): Promise<GuardResult> {
  const { config, ports, deadline, username } = given;
  const evidence: Evidence = await ports.gather(review, new Set(["ring", "namespace"]), deadline);
  if ("known" in evidence.namespace && evidence.namespace.known.terminating) return ALLOWED;
  const now = config.now();
  const override = readOverride(review.change.after?.annotations ?? {}, now);
  const unavailable = (about: ScaleDownReview, { unknown, remedy }: UnknownReason): string =>
    [openHold(about, unknown), ...(remedy === undefined ? [] : [remedy]), RETRIES].join(" ");
  const verdict = decideScaleDown(review, evidence, {
    override,
    now,
    rules: POD_DELETION_RULES,
    unavailable,
  });
  if (!verdict.allowed) return holdDeletion(verdict.denial, review.profile.mode, identifySet(review));
  if (verdict.overridden === null || override.is !== "valid") return ALLOWED;
  const { overridden } = verdict;
  return allowOverridden(
    overridden,
    { set: identifySet(review), findLiveDenial: () => overridden },
    { override, now, user: username },
  );
}

/**
 * Reported in an Event of our own: client-go limits Events to 25 for one object and then one in five minutes, so the
 * controller's FailedDelete may be lost (docs/research/kubernetes-admission.md#pod-deletion).
 */
const holdDeletion = (denial: GuardDenial, mode: Profile["mode"], set: ReviewOutcome["set"]): GuardResult =>
  // the message comes from the live StatefulSet and its ring; only the ordinal is from the review
  denyReview(denial, mode, { set, findLiveDenial: () => denial }, "held");
