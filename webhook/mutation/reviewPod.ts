// Reviews of pods at /mutate, and what /validate has in common with them.
import { type AdmissionAnswer, allowRequest, allowWithPatch, denyRequest } from "../admission/answer.ts";
import { yieldIfSlow } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { type Denial, formatDenial, formatWarning } from "../denials/codes.ts";
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
import { type RequestContext, reviewWithLatestProfiles, selectProfiles } from "./profileVersions.ts";

/** Answers CREATE of a pod at /mutate. */
export async function mutatePod(
  request: AdmissionRequest,
  context: RequestContext,
): Promise<AdmissionAnswer> {
  const created = readCreated(request);
  if (created === null) return allowRequest();
  if ("denial" in created) return denyOrWarn(created.denial, created.mode);
  const { pod, name, planned } = created;
  const { settings } = context;
  await yieldIfSlow();
  const selected = await selectProfiles(name, planned, context);
  const found = await reviewWithLatestProfiles([name], selected, context, (profiles) =>
    mutateBy(created, { profiles, settings }),
  );
  if (found.answer.allowed) return found.answer;
  // another webhook has changed a pod that was injected, so that it comes a second time, and to another replica
  const before = usePrevious(created, found.profiles, context);
  if (before !== null) {
    const { answer, decision } = await mutateBy(created, before);
    if (decision.is === "injected" && findInjectionFault(pod, decision.member, decision.profile) === null)
      return answer;
  }
  return found.meanwhile ?? found.answer;
}

interface MutationResult {
  readonly answer: AdmissionAnswer;
  readonly decision: PodDecision;
  /** instead of a denial for what another webhook may still add: /validate judges that */
  readonly meanwhile: AdmissionAnswer | null;
}

async function mutateBy(created: CreatedPod, config: ActiveConfig): Promise<MutationResult> {
  const decision = decideOnReadPod(created.pod, created.asked, config);
  await yieldIfSlow();
  switch (decision.is) {
    case "not-ours":
      return { answer: allowRequest(), decision, meanwhile: null };
    case "denied":
      return {
        answer: denyOrWarn(decision.denial, decision.mode),
        decision,
        meanwhile: buildMeanwhileAnswer(decision),
      };
    case "injected":
      return { answer: buildInjectionAnswer(decision), decision, meanwhile: null };
  }
}

/** The same profiles with this one as it was a moment ago; null: it was not edited, or the pod's plan names its version. */
export function usePrevious(
  { name, planned }: CreatedPod,
  profiles: Profiles | null,
  { source, settings }: RequestContext,
): ActiveConfig | null {
  const previous = planned === null ? source.previous(name) : null;
  if (previous === null || profiles === null) return null;
  return { profiles: profiles.withProfile(previous), settings };
}

function buildMeanwhileAnswer(denied: PodDenied): AdmissionAnswer | null {
  const decision = deferPendingDenial(denied);
  return decision.is === "injected" ? buildInjectionAnswer(decision) : null;
}

function buildInjectionAnswer(decision: PodInjected): AdmissionAnswer {
  const { injection, profile } = decision;
  const warnings = listWarnings(decision);
  if (profile.mode !== "enforce") return allowRequest({ warnings });
  const audit = { profile: profile.name, "node-id": injection.nodeId };
  return allowWithPatch(injection.operations, { warnings, audit });
}

/** What is told of a pod that may be created: in mode warn also what would have been done. */
export function listWarnings({ member, profile, injection }: PodInjected): readonly string[] {
  if (profile.mode === "enforce") return injection.warnings;
  const { env } = profile.nodeId;
  const would = `pod ${member.pod} would get ${env}=${injection.nodeId}; nothing was changed`;
  return [formatWarning("warn-mode", would), ...injection.warnings];
}

/** A labelled pod that is to be created. */
export interface CreatedPod {
  readonly pod: Pod;
  /** of the profile that it picks */
  readonly name: string;
  /** the version of the profile that its plan names; null: it has no plan */
  readonly planned: ProfileVersion | null;
  readonly asked: { readonly namespace: string; readonly username: string };
}

/** null: nothing of ours is asked. */
export function readCreated(request: AdmissionRequest): CreatedPod | PodDenied | null {
  if (request.resource.resource !== "pods" || request.operation !== "CREATE") return null;
  const read = parsePod(request.object);
  if ("denial" in read) return read;
  const { pod } = read;
  const name = pod.metadata.labels?.[PROFILE_LABEL];
  if (name === undefined) return null;
  const init = pod.spec.initContainers?.find((each) => each.name === INIT_CONTAINER);
  const planned = init === undefined ? null : (readPlanIdentity(init)?.profileVersion ?? null);
  const asked = { namespace: request.namespace ?? "", username: request.userInfo.username };
  return { pod, name, planned, asked };
}

/** A denial, or in mode warn the same words as a warning. */
export function denyOrWarn(denial: Denial, mode: Profile["mode"]): AdmissionAnswer {
  const { rule, code } = denial;
  if (mode === "warn") return allowRequest({ warnings: [wouldDeny(denial)], audit: { "would-deny": code } });
  return denyRequest(formatDenial(denial), { audit: { rule, code } });
}

/** What is told at apply of a denial that another webhook may still avert. */
export function formatPending(denial: Denial): string {
  const message = `${denial.message}. Unless another webhook adds it to the pods, each of them is denied for that`;
  return formatDenial({ ...denial, message });
}

/** The words of a denial where none is made. */
export function wouldDeny(denial: Denial): string {
  return formatWarning("warn-mode", `would deny: ${formatDenial(denial)}`);
}
