// Reviews of pods at /mutate, and what they share with those at /validate.
import { type AdmissionAnswer, allowRequest, allowWithPatch, denyRequest } from "../admission/answer.ts";
import { yieldIfSlow } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import {
  addDeniedAction,
  type Denial,
  formatDenial,
  formatWarning,
  toConditional,
} from "../denials/codes.ts";
import { INIT_CONTAINER, PROFILE_LABEL } from "../kubernetes/names.ts";
import type { Pod } from "../kubernetes/objects.ts";
import type { Profile, ProfileVersion } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { readPlanIdentity } from "./carriedPlan.ts";
import {
  type ActiveConfig,
  decideOnReadPod,
  deferPendingDenial,
  type PodDecision,
  type PodDenied,
  type PodInjected,
  parsePod,
} from "./decidePod.ts";
import { findInjectionFault } from "./findInjectionFault.ts";
import { formatPodName } from "./podIdentity.ts";
import { type RequestContext, reviewWithLatestProfiles, selectProfiles } from "./profileVersions.ts";

/** Answers CREATE of a pod at /mutate. */
export async function mutatePod(
  request: AdmissionRequest,
  context: RequestContext,
): Promise<AdmissionAnswer> {
  const created = readCreatedPod(request);
  if (created === null) return allowRequest();
  if ("denial" in created) return denyCreation(created, created.denial, created.mode);
  const { pod, name, planned } = created;
  const { settings } = context;
  await yieldIfSlow();
  const selected = await selectProfiles(name, planned, context);
  const found = await reviewWithLatestProfiles([name], selected, context, (profiles) =>
    mutateBy(created, { profiles, settings }),
  );
  if (found.answer.allowed) return found.answer;
  // a second pass of an injected pod, after another webhook has changed it, may reach another replica
  const before = usePreviousProfile(created, found.profiles, context);
  if (before !== null) {
    const { answer, decision } = await mutateBy(created, before);
    if (decision.is === "injected" && findInjectionFault(pod, decision.member, decision.profile) === null)
      return answer;
  }
  return found.provisional ?? found.answer;
}

interface MutationResult {
  readonly answer: AdmissionAnswer;
  readonly decision: PodDecision;
  /** replaces a denial for what another webhook may still add: /validate decides on that */
  readonly provisional: AdmissionAnswer | null;
}

async function mutateBy(created: CreatedPod, config: ActiveConfig): Promise<MutationResult> {
  const decision = decideOnReadPod(created.pod, created.podRequest, config);
  await yieldIfSlow();
  switch (decision.is) {
    case "not-ours":
      return { answer: allowRequest(), decision, provisional: null };
    case "denied":
      return {
        answer: denyCreation(created, decision.denial, decision.mode),
        decision,
        provisional: buildProvisionalAnswer(decision),
      };
    case "injected":
      return { answer: buildInjectionAnswer(decision), decision, provisional: null };
  }
}

/**
 * The same profiles with the previous version of the pod's profile.
 * @returns null: it was not edited lately, or the pod's plan names a version
 */
export function usePreviousProfile(
  { name, planned }: CreatedPod,
  profiles: Profiles | null,
  { source, settings }: RequestContext,
): ActiveConfig | null {
  const previous = planned === null ? source.previous(name) : null;
  if (previous === null || profiles === null) return null;
  return { profiles: profiles.withProfile(previous), settings };
}

function buildProvisionalAnswer(denied: PodDenied): AdmissionAnswer | null {
  const decision = deferPendingDenial(denied);
  return decision.is === "injected" ? buildInjectionAnswer(decision) : null;
}

function buildInjectionAnswer(decision: PodInjected): AdmissionAnswer {
  const { injection, profile } = decision;
  const warnings = listWarnings(decision);
  if (profile.mode !== "enforce") return allowRequest({ warnings });
  const number = profile.nodeId.env === null ? {} : { "node-id": injection.nodeId };
  const audit = { profile: profile.name, ...number };
  return allowWithPatch(injection.operations, { warnings, audit });
}

/** The warnings about a pod that may be created; in mode Warn also what injection would have changed. */
export function listWarnings({ member, profile, injection }: PodInjected): readonly string[] {
  if (profile.mode === "enforce") return injection.warnings;
  const { env } = profile.nodeId;
  const gets = env === null ? "variables" : `${env}=${injection.nodeId}`;
  const would = `pod ${member.pod} would get ${gets}; nothing was changed.`;
  return [formatWarning("warn-mode", would), ...injection.warnings];
}

/** A labelled pod that would be created. */
export interface CreatedPod {
  readonly pod: Pod;
  /** of the profile in its label */
  readonly name: string;
  /** the version of the profile that its plan names; null: it has no plan */
  readonly planned: ProfileVersion | null;
  readonly podRequest: { readonly namespace: string; readonly username: string };
}

/** Reads the CREATE of a labelled pod; null: it is another request. */
export function readCreatedPod(request: AdmissionRequest): CreatedPod | PodDenied | null {
  if (request.resource.resource !== "pods" || request.operation !== "CREATE") return null;
  const read = parsePod(request.object);
  if ("denial" in read) return read;
  const { pod } = read;
  const name = pod.metadata.labels?.[PROFILE_LABEL];
  if (name === undefined) return null;
  const init = pod.spec.initContainers?.find((each) => each.name === INIT_CONTAINER);
  const planned = init === undefined ? null : (readPlanIdentity(init)?.profileVersion ?? null);
  const podRequest = { namespace: request.namespace ?? "", username: request.userInfo.username };
  return { pod, name, planned, podRequest };
}

/** Denies the creation of a pod; a pod that cannot be read has no name. */
export function denyCreation(
  created: Pick<CreatedPod, "pod" | "podRequest"> | PodDenied,
  denial: Denial,
  mode: Profile["mode"],
): AdmissionAnswer {
  const what = "pod" in created ? `pod ${formatPodName(created.pod, created.podRequest.namespace)}` : "a pod";
  return denyOrWarn(addDeniedAction(`Creating ${what}`, denial), mode);
}

/** A denial, or in mode Warn the same message as a warning. */
export function denyOrWarn(denial: Denial, mode: Profile["mode"]): AdmissionAnswer {
  const { rule, code } = denial;
  if (mode === "warn") return allowRequest({ warnings: [wouldDeny(denial)], audit: { "would-deny": code } });
  return denyRequest(formatDenial(denial), { audit: { rule, code } });
}

/** The warning at apply for a denial that another webhook may still prevent. */
export function formatPending(denial: Denial): string {
  const message = `${denial.message} Unless another webhook adds what is missing, the pods will be denied.`;
  return formatDenial({ ...denial, message });
}

/** The warning that replaces a denial in mode Warn. */
export function wouldDeny(denial: Denial): string {
  return formatWarning("warn-mode", `would deny: ${formatDenial(toConditional(denial))}`);
}
