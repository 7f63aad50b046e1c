// Reviews of the deletion of a pod by the StatefulSet controller: does its ordinal go, and may it go now? Restarts of
// ordinals that stay always pass, and so does whatever is no ring (docs/architecture.md#pod-deletion-gate).
import { META } from "../../../init/contract/apiObjects.ts";
import { list, nullish, object, readShape } from "../../../init/contract/shape.ts";
import type { AdmissionRequest } from "../../admission/review.ts";
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import { OWNER } from "../../kubernetes/objects.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { Profiles } from "../../profiles/profileSet.ts";
import { denyBeside, denyBy, type GuardDenial } from "../codes.ts";
import { patchSpec } from "../commands.ts";
import { decide } from "../decide.ts";
import type { Evidence, Known } from "../evidence.ts";
import { holds, ordinalIn } from "../ordinals.ts";
import { overrideIn } from "../overrides.ts";
import {
  type Guarded,
  type GuardForce,
  type GuardPorts,
  letThrough,
  NOTHING,
  nameOf,
  refuse,
  type Told,
} from "../reviewScaleDown.ts";
import { type Case, caseOf } from "../rule.ts";
import { profileLabelChanged } from "../rules/profileLabelChanged.ts";
import { type SetState, stateOf } from "../setState.ts";
import { BRAKE_RULES } from "./rules.ts";

/** More than any ring has, so that every member above is seen. */
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

export interface Given {
  force: Omit<GuardForce, "collectorUsers"> & { readonly controllerUsers: readonly string[] };
  ports: Pick<GuardPorts, "gather"> & {
    liveSet(namespace: string, name: string, deadline: AbortSignal): Promise<Known<unknown>>;
  };
  deadline: AbortSignal;
}

/** Answers DELETE of a pod. The set's template says whether it is of a ring; the pod's own label may have been changed. */
export async function brake(request: AdmissionRequest, given: Given): Promise<Guarded> {
  const { force, ports, deadline } = given;
  const { username } = request.userInfo;
  if (!force.controllerUsers.includes(username)) return NOTHING;
  const pod = podIn(request);
  if (pod === null) return NOTHING;
  const { namespace = "" } = request;
  const set = { namespace, name: pod.set, uid: pod.setUid };
  const read = readSet(await ports.liveSet(namespace, pod.set, deadline), namespace);
  if ("unknown" in read) {
    const mode = force.profiles?.get(pod.label)?.mode ?? "enforce";
    return hold(unread(read.unknown, `${namespace}/${pod.set}`, pod.ordinal), mode, set);
  }
  const { state } = read;
  if (state === null || !isIts(state, pod) || holds(state.ordinals, pod.ordinal)) return NOTHING;
  const found = judgeOf(state, pod, force.profiles);
  if (found === null) return NOTHING;
  if ("profile" in found)
    return judge(caseOf(changeTo(state, pod.ordinal), found.profile), { ...given, username });
  const override = overrideIn(state.annotations, force.now());
  const { denial, mode } = found;
  return override.is === "valid"
    ? letThrough(denial, { set, confirmed: () => denial }, { override, now: force.now(), user: username })
    : hold(denial, mode, set);
}

/**
 * By which profile the ring of an ordinal that goes is judged, or the denial where that cannot be; null: it goes freely.
 * Zero replicas are a matter of maintenance, which the guard has judged by the template's profile, and by no other.
 */
function judgeOf(
  state: SetState,
  pod: Going,
  profiles: Profiles | null,
): { profile: Profile } | { denial: GuardDenial; mode: Profile["mode"] } | null {
  const { label } = pod;
  const own = profiles?.get(label);
  const protectsOwn = own === undefined || own.drop.policy !== "allow";
  // a set without the label, or with another, was created over the pods of one that had it
  if (state.profile !== label && protectsOwn && (state.profile === null || own !== undefined))
    return { denial: abandoned(state, pod), mode: own?.mode ?? "enforce" };
  if (state.profile === null || state.ordinals.replicas === 0) return null;
  const profile = profiles?.get(state.profile);
  if (profile === undefined)
    return { denial: unjudged(`${state.namespace}/${state.name}`, pod.ordinal), mode: "enforce" };
  return profile.ring === null ? null : { profile };
}

function abandoned(state: SetState, { label, ordinal }: Going): GuardDenial {
  const { namespace, name } = state;
  const picks = state.profile === null ? "picks no profile" : `picks profile ${state.profile}`;
  const template = { metadata: { labels: { [PROFILE_LABEL]: label } } };
  return denyBy(
    profileLabelChanged,
    `pod ${name}-${ordinal} was created under profile ${label}, and StatefulSet ${namespace}/${name}, which has it now, ${picks}, so nobody would ` +
      `judge whether it may go. Put the label back into its pod template; the controller then tries again by itself\n` +
      `  ${patchSpec({ change: { operation: "DELETE", before: state, after: null } }, { template })}`,
  );
}

const unread = (why: string, set: string, ordinal: number): GuardDenial =>
  denyBeside(
    "state-unavailable",
    `whether ordinal ${ordinal} of StatefulSet ${set} goes could not be found out: ${why}. The controller asks again by itself`,
  );

const unjudged = (set: string, ordinal: number): GuardDenial =>
  denyBeside(
    "profile-missing",
    `ordinal ${ordinal} of StatefulSet ${set} is to go, and its profile does not exist (any more), so whether it may is not known. Bring ` +
      "the profile back (kubectl get rcp); the controller asks again by itself",
  );

interface Going {
  ordinal: number;
  set: string;
  setUid: string;
  /** the profile that the pod's own label picks */
  label: string;
}

/** The labelled pod of a StatefulSet that is deleted; null: it is none. */
function podIn({ oldObject }: AdmissionRequest): Going | null {
  const read = readShape(deleted, oldObject);
  if ("fault" in read) return null;
  const { name, labels, ownerReferences } = read.value.metadata;
  const owner = ownerReferences?.find(
    ({ controller, kind }) => controller === true && kind === "StatefulSet",
  );
  const label = labels?.[PROFILE_LABEL];
  if (owner === undefined || label === undefined) return null;
  const ordinal = ordinalIn(name, owner.name);
  return ordinal === null ? null : { ordinal, set: owner.name, setUid: owner.uid, label };
}

function readSet(live: Known<unknown>, namespace: string): { state: SetState | null } | { unknown: string } {
  if ("unknown" in live) return live;
  if (live.known === null) return { state: null };
  const read = stateOf(live.known, namespace);
  return "wrong" in read ? { unknown: read.wrong } : read;
}

/** A set that is another, or ends, has its pods no more. */
function isIts({ set }: SetState, { setUid }: Going): boolean {
  const { uid, deletionTimestamp } = set.metadata;
  return uid === setUid && !deletionTimestamp;
}

/** As if this ordinal and all above it were let go now. */
function changeTo(after: SetState, ordinal: number): Case["change"] {
  const before = { ...after, ordinals: { start: ordinal, replicas: BEYOND - ordinal } };
  return { operation: "UPDATE", before, after };
}

async function judge(asked: Case, given: Given & { username: string }): Promise<Guarded> {
  const { force, ports, deadline, username } = given;
  const evidence: Evidence = await ports.gather(asked, new Set(["ring", "namespace"]), deadline);
  if ("known" in evidence.namespace && evidence.namespace.known.terminating) return NOTHING;
  const now = force.now();
  const override = overrideIn(asked.change.after?.annotations ?? {}, now);
  const verdict = decide(asked, evidence, { override, now, rules: BRAKE_RULES });
  if (!verdict.allowed) return hold(verdict.denial, asked.profile.mode, nameOf(asked));
  if (verdict.overridden === null || override.is !== "valid") return NOTHING;
  const { overridden } = verdict;
  return letThrough(
    overridden,
    { set: nameOf(asked), confirmed: () => overridden },
    { override, now, user: username },
  );
}

/**
 * Told by us, too: of the controller's Event FailedDelete the API machinery drops what is more than 25 Events of one
 * StatefulSet, and then lets one through in five minutes. A set of seven has had more once it has come and gone.
 */
const hold = (denial: GuardDenial, mode: Profile["mode"], set: Told["set"]): Guarded =>
  // its words come from the live StatefulSet and its ring; of the review there is the ordinal alone
  refuse(denial, mode, { set, confirmed: () => denial }, "held");
