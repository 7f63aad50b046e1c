// Decides on one pod: profile, identity, injection. `/mutate`, `/validate`, the validation at apply, `render` and `try` all
// use this decision, so that they agree.
import { type Denial, deny } from "../denials/codes.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { type Pod, type PodIdentity, pod as podShape, readAs } from "../kubernetes/objects.ts";
import { shorten } from "../kubernetes/shorten.ts";
import { findSimilarName } from "../profiles/findSimilarName.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { type Injection, inject } from "./inject.ts";
import { describeAnyPod, identifyPod } from "./podIdentity.ts";
import type { InjectSettings } from "./settings.ts";

/** The configuration that is active at one moment. */
export interface ActiveConfig {
  /** null: none have been loaded yet */
  profiles: Profiles | null;
  settings: InjectSettings;
}

export type PodDecision = { is: "not-ours" } | PodDenied | PodInjected;

export interface PodInjected {
  is: "injected";
  pod: Pod;
  profile: Profile;
  member: PodIdentity;
  injection: Injection;
}

export interface PodDenied {
  is: "denied";
  denial: Denial;
  /** of the profile; enforce if there is none */
  mode: Profile["mode"];
  /** the partial injection, if another webhook may still add what the pod lacks */
  provisional?: PodInjected;
}

interface PodRequest {
  readonly namespace: string;
  readonly username: string;
}

type DeniedDecision = Extract<PodDecision, { is: "denied" }>;

/** Reads the pod of a review. */
export function parsePod(object: unknown): { pod: Pod } | DeniedDecision {
  const read = readAs(podShape, object);
  if ("object" in read) return { pod: read.object };
  const denial = deny("invalid-object", `the pod cannot be read: ${read.wrong}.`);
  return { is: "denied", denial, mode: "enforce" };
}

/** Replaces a denial for what another webhook may still add by the partial injection; /validate then denies if needed. */
export function deferPendingDenial(decision: PodDecision): PodDecision {
  const isPending = decision.is === "denied" && decision.mode === "enforce";
  return isPending ? (decision.provisional ?? decision) : decision;
}

/** Reads a pod and decides on it, without a pause; the webhook does both separately, with a pause for large pods. */
export function decideOnPod(object: unknown, podRequest: PodRequest, config: ActiveConfig): PodDecision {
  const read = parsePod(object);
  return "denial" in read ? read : decideOnReadPod(read.pod, podRequest, config);
}

/** Decides on a pod that was read or built before. */
export function decideOnReadPod(pod: Pod, podRequest: PodRequest, config: ActiveConfig): PodDecision {
  const name = pod.metadata.labels?.[PROFILE_LABEL];
  if (name === undefined) return { is: "not-ours" };
  const mode = config.profiles?.get(name)?.mode ?? "enforce";
  const denied = (denial: Denial): PodDecision => ({ is: "denied", denial, mode });
  const profile = resolveProfile(name, podRequest.namespace, config.profiles);
  if ("rule" in profile) return denied(profile);
  const member =
    profile.nodeId.env === null
      ? describeAnyPod(pod, podRequest.namespace)
      : identifyPod({ ...podRequest, pod, controllerUsers: config.settings.controllerUsers });
  if ("rule" in member) return denied(member);
  const injection = inject({ pod, member, profile, settings: config.settings });
  if ("rule" in injection) return denied(injection);
  const injected: PodInjected = { is: "injected", pod, profile, member, injection };
  const { pending } = injection;
  return pending === null ? injected : { is: "denied", denial: pending, mode, provisional: injected };
}

/** The profile of a name, or why pods of a namespace cannot use it. */
export function resolveProfile(name: string, namespace: string, profiles: Profiles | null): Profile | Denial {
  if (profiles === null) {
    return deny(
      "profiles-not-loaded",
      "the webhook has not loaded any RollcallProfiles yet. Retry in a few seconds; if it lasts, the webhook's log has the reason.\n" +
        "Inspect:\n  kubectl -n rollcall-system logs deployment/rollcall",
    );
  }
  const rejection = profiles.getRejection(name);
  if (rejection !== undefined) {
    return deny(
      "profile-not-active",
      `profile ${name} is not active (${rejection.reason}). Have a cluster admin correct it, then retry.\n` +
        `Inspect:\n  kubectl describe rcp ${name}\nDetails:\n${rejection.message}`,
    );
  }
  const profile = profiles.get(name);
  if (profile === undefined) {
    // a tenant must not learn of profiles for other namespaces
    const usable = [...profiles.values()].filter((each) => allowsNamespace(each, namespace));
    const known = usable.map((each) => each.name).sort();
    const similar = findSimilarName(known, name);
    return deny(
      "profile-not-found",
      `profile ${JSON.stringify(shorten(name))} does not exist. ${similar === null ? "" : `Did you mean ${similar}? `}Correct the label ${PROFILE_LABEL}; ` +
        `namespace ${namespace} may use: ${known.join(", ") || "none"}.\nLists the profiles:\n  kubectl get rcp`,
    );
  }
  if (!allowsNamespace(profile, namespace)) {
    return deny(
      "profile-not-allowed",
      `profile ${name} may not be used in namespace ${namespace}. Have a cluster admin add the namespace to spec.namespaces.\n` +
        `Edits the profile (cluster admin):\n  kubectl edit rcp ${name}`,
    );
  }
  return profile;
}

/** Whether workloads of a namespace may use a profile. */
export const allowsNamespace = ({ namespaces }: Pick<Profile, "namespaces">, namespace: string): boolean =>
  namespaces.some((each) => each === "*" || each === namespace);
