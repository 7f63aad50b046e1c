// Reviews of the deletion of a pod by the StatefulSet controller: does its ordinal go, and may it go now? Restarts of
// ordinals that stay always pass, and so does whatever is no ring (DESIGN: the brake).
import { flag, list, mapOf, nullish, object, readShape, text } from "../../../init/contract/shape.ts";
import type { AdmissionRequest } from "../../admission/review.ts";
import { PROFILE_LABEL } from "../../inject/names.ts";
import type { Profile } from "../../profiles/profile.ts";
import { denyBeside, type GuardDenial } from "../codes.ts";
import { decide } from "../decide.ts";
import type { Evidence, Known } from "../evidence.ts";
import { holds, ordinalIn } from "../ordinals.ts";
import { overrideIn } from "../passes.ts";
import {
  type Guarded,
  type GuardForce,
  type GuardPorts,
  letThrough,
  NOTHING,
  nameOf,
  refuse,
  type Told,
} from "../review.ts";
import { type Case, caseOf } from "../rule.ts";
import { type SetState, stateOf } from "../state.ts";
import { BRAKE_RULES } from "./rules.ts";

/** More than any ring has, so that every member above is seen. */
const BEYOND = 2 ** 31;

const deleted = object({
  metadata: object({
    name: text(),
    labels: nullish(mapOf(text())),
    ownerReferences: nullish(
      list(object({ kind: text(), name: text(), uid: text(), controller: nullish(flag()) })),
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

/** Answers DELETE of a pod. */
export async function brake(request: AdmissionRequest, given: Given): Promise<Guarded> {
  const { force, ports, deadline } = given;
  const { username } = request.userInfo;
  if (!force.controllerUsers.includes(username)) return NOTHING;
  const pod = podIn(request, force);
  if (pod === null) return NOTHING;
  const { namespace = "" } = request;
  const live = await ports.liveSet(namespace, pod.set, deadline);
  const read = readSet(live, namespace);
  const mode = pod.profile?.mode ?? "enforce";
  const about = { namespace, name: pod.set, uid: pod.setUid };
  const refused = (denial: GuardDenial): Guarded => hold(denial, mode, about);
  if ("unknown" in read) return refused(unread(read.unknown, `${namespace}/${pod.set}`, pod.ordinal));
  const { state } = read;
  if (state === null || !goes(state, pod)) return NOTHING;
  if (pod.profile === null) {
    const denial = unjudged(`${namespace}/${pod.set}`, pod.ordinal);
    const override = overrideIn(state.annotations, force.now());
    return override.is === "valid" ? letThrough(denial, about, override, username) : refused(denial);
  }
  return judge(caseOf(changeTo(state, pod.ordinal), pod.profile), { ...given, username });
}

const unread = (why: string, set: string, ordinal: number): GuardDenial =>
  denyBeside(
    "evidence-unknown",
    `whether ordinal ${ordinal} of StatefulSet ${set} goes could not be found out: ${why}. The controller asks again by itself`,
  );

const unjudged = (set: string, ordinal: number): GuardDenial =>
  denyBeside(
    "judge-unknown",
    `ordinal ${ordinal} of StatefulSet ${set} is to go, and its profile does not exist (any more), so whether it may is not known. Bring ` +
      "the profile back in ConfigMap rollcall-profiles; the controller asks again by itself",
  );

interface Going {
  ordinal: number;
  set: string;
  setUid: string;
  /** null: what it picks does not exist, so whether it is of a ring is not known */
  profile: Profile | null;
}

/** The pod of a ring that is deleted; null: it is none, or nobody's. */
function podIn({ oldObject }: AdmissionRequest, { profiles }: Given["force"]): Going | null {
  const read = readShape(deleted, oldObject);
  if ("fault" in read) return null;
  const { name, labels, ownerReferences } = read.value.metadata;
  const owner = ownerReferences?.find(
    ({ controller, kind }) => controller === true && kind === "StatefulSet",
  );
  const label = labels?.[PROFILE_LABEL];
  if (owner === undefined || label === undefined) return null;
  const profile = profiles?.get(label) ?? null;
  if (profile !== null && profile.ozone === null) return null;
  const ordinal = ordinalIn(name, owner.name);
  return ordinal === null ? null : { ordinal, set: owner.name, setUid: owner.uid, profile };
}

function readSet(live: Known<unknown>, namespace: string): { state: SetState | null } | { unknown: string } {
  if ("unknown" in live) return live;
  if (live.known === null) return { state: null };
  const read = stateOf(live.known, namespace);
  return "wrong" in read ? { unknown: read.wrong } : read;
}

/** Zero is a matter of maintenance, which the guard has judged; a set that is another, or ends, has its pods no more. */
function goes({ set, ordinals }: SetState, { ordinal, setUid }: Going): boolean {
  const { uid, deletionTimestamp } = set.metadata;
  return uid === setUid && !deletionTimestamp && ordinals.replicas > 0 && !holds(ordinals, ordinal);
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
  return letThrough(verdict.overridden, nameOf(asked), override, username);
}

/**
 * Told by us, too: of the controller's Event FailedDelete the API machinery drops what is more than 25 Events of one
 * StatefulSet, and then lets one through in five minutes. A set of seven has had more once it has come and gone.
 */
const hold = (denial: GuardDenial, mode: Profile["mode"], set: Told["set"]): Guarded =>
  refuse(denial, mode, set, "held");
