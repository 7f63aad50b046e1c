// One pod, one decision: which profile, which member, which injection. `/mutate`, the answer at apply, `render`
// and `try` all come through here, so that they cannot tell different stories.
import { type Denial, deny } from "../denials/codes.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { type Pod, type PodIdentity, pod as podShape, readAs } from "../kubernetes/objects.ts";
import { shorten } from "../kubernetes/shorten.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { type Injection, inject } from "./inject.ts";
import { identifyPod } from "./podIdentity.ts";
import type { InjectSettings } from "./settings.ts";

/** What decisions rest on at one moment. */
export interface ActiveConfig {
  /** null while none have been loaded */
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
  /** the profile's, enforce where there is none */
  mode: Profile["mode"];
  /** what is done before that is judged, where another webhook may add what the pod lacks */
  meanwhile?: PodInjected;
}

interface PodRequest {
  readonly namespace: string;
  readonly username: string;
}

type DeniedDecision = Extract<PodDecision, { is: "denied" }>;

/** Reads a pod as it comes to admission. */
export function parsePod(object: unknown): { pod: Pod } | DeniedDecision {
  const read = readAs(podShape, object);
  if ("object" in read) return { pod: read.object };
  const denial = deny("invalid-object", `the pod cannot be read: ${read.wrong}`);
  return { is: "denied", denial, mode: "enforce" };
}

/** What becomes of a pod before /validate judges whether another webhook has added what it lacks. */
export function deferPendingDenial(decision: PodDecision): PodDecision {
  const isAwaited = decision.is === "denied" && decision.mode === "enforce";
  return isAwaited ? (decision.meanwhile ?? decision) : decision;
}

/** Decides on a pod as it comes to admission, at once: one that may be large is read first, and others get their turn. */
export function decideOnPod(object: unknown, asked: PodRequest, config: ActiveConfig): PodDecision {
  const read = parsePod(object);
  return "denial" in read ? read : decideOnReadPod(read.pod, asked, config);
}

/** Decides on a pod that was read, or made by us. */
export function decideOnReadPod(pod: Pod, asked: PodRequest, config: ActiveConfig): PodDecision {
  const name = pod.metadata.labels?.[PROFILE_LABEL];
  if (name === undefined) return { is: "not-ours" };
  const mode = config.profiles?.get(name)?.mode ?? "enforce";
  const denied = (denial: Denial): PodDecision => ({ is: "denied", denial, mode });
  const profile = choose(name, asked.namespace, config.profiles);
  if ("rule" in profile) return denied(profile);
  const member = identifyPod({ ...asked, pod, controllerUsers: config.settings.controllerUsers });
  if ("rule" in member) return denied(member);
  const injection = inject({ pod, member, profile, settings: config.settings });
  if ("rule" in injection) return denied(injection);
  const injected: PodInjected = { is: "injected", pod, profile, member, injection };
  const { pending } = injection;
  return pending === null ? injected : { is: "denied", denial: pending, mode, meanwhile: injected };
}

/** The profile of a name for a namespace, or why not. */
export function choose(name: string, namespace: string, profiles: Profiles | null): Profile | Denial {
  if (profiles === null) {
    return deny(
      "profiles-not-loaded",
      "the webhook has not been able to list RollcallProfiles yet; its log says why: kubectl -n rollcall-system logs deployment/rollcall",
    );
  }
  const rejection = profiles.getRejection(name);
  if (rejection !== undefined) {
    return deny(
      "profile-not-active",
      `profile ${name} is not active (${rejection.reason}), so its workloads are denied. The cluster's admin can correct it: ` +
        `kubectl describe rcp ${name}\n${rejection.message}`,
    );
  }
  const profile = profiles.get(name);
  if (profile === undefined) {
    // others' profiles and namespaces are none of a tenant's business
    const mine = [...profiles.values()].filter((each) => allowsNamespace(each, namespace));
    const known = mine.map((each) => each.name).sort();
    return deny(
      "profile-not-found",
      `there is no profile ${JSON.stringify(shorten(name))}; namespace ${namespace} may use: ${known.join(", ") || "none"} (kubectl get rcp)`,
    );
  }
  if (!allowsNamespace(profile, namespace)) {
    return deny(
      "profile-not-allowed",
      `profile ${name} may not be used in namespace ${namespace}; the cluster's admin can add it to spec.namespaces: ` +
        `kubectl edit rcp ${name}`,
    );
  }
  return profile;
}

/** Whether workloads of a namespace may use a profile. */
export const allowsNamespace = ({ namespaces }: Pick<Profile, "namespaces">, namespace: string): boolean =>
  namespaces.some((each) => each === "*" || each === namespace);
