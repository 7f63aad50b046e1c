// Reviews of pods at /mutate, and what /validate has in common with them.
import { type Answer, allowed, denied, patched } from "../admission/answer.ts";
import { breathe } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { type Denial, formatDenial, say } from "../denials/codes.ts";
import { INIT_CONTAINER, PROFILE_LABEL } from "../kubernetes/names.ts";
import type { Pod } from "../kubernetes/objects.ts";
import type { Profile, ProfileVersion } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { identityIn } from "./carriedPlan.ts";
import {
  decideOnReadPod,
  type InForce,
  type PodDecision,
  type PodDenied,
  type PodInjected,
  readPod,
  untilJudged,
} from "./decidePod.ts";
import { twin } from "./findInjectionFault.ts";
import { judgeByNewest, type RequestContext, selectProfiles } from "./profileVersions.ts";

/** Answers CREATE of a pod at /mutate. */
export async function mutatePod(request: AdmissionRequest, context: RequestContext): Promise<Answer> {
  const created = readCreated(request);
  if (created === null) return allowed();
  if ("denial" in created) return refuse(created.denial, created.mode);
  const { pod, name, planned } = created;
  const { settings } = context;
  await breathe();
  const selected = await selectProfiles(name, planned, context);
  const found = await judgeByNewest([name], selected, context, (profiles) =>
    mutateBy(created, { profiles, settings }),
  );
  if (found.answer.allowed) return found.answer;
  // another webhook has changed a pod that was injected, so that it comes a second time, and to another replica
  const before = usePrevious(created, found.profiles, context);
  if (before !== null) {
    const { answer, decision } = await mutateBy(created, before);
    if (decision.is === "injected" && twin(pod, decision.member, decision.profile) === null) return answer;
  }
  return found.meanwhile ?? found.answer;
}

interface Mutated {
  readonly answer: Answer;
  readonly decision: PodDecision;
  /** instead of a denial for what another webhook may still add: /validate judges that */
  readonly meanwhile: Answer | null;
}

async function mutateBy(created: CreatedPod, force: InForce): Promise<Mutated> {
  const decision = decideOnReadPod(created.pod, created.asked, force);
  await breathe();
  switch (decision.is) {
    case "not-ours":
      return { answer: allowed(), decision, meanwhile: null };
    case "denied":
      return { answer: refuse(decision.denial, decision.mode), decision, meanwhile: meanwhileOf(decision) };
    case "injected":
      return { answer: answerOf(decision), decision, meanwhile: null };
  }
}

/** The same profiles with this one as it was a moment ago; null: it was not edited, or the pod's plan names its version. */
export function usePrevious(
  { name, planned }: CreatedPod,
  profiles: Profiles | null,
  { source, settings }: RequestContext,
): InForce | null {
  const previous = planned === null ? source.previous(name) : null;
  if (previous === null || profiles === null) return null;
  return { profiles: profiles.withProfile(previous), settings };
}

function meanwhileOf(denied: PodDenied): Answer | null {
  const decision = untilJudged(denied);
  return decision.is === "injected" ? answerOf(decision) : null;
}

function answerOf(decision: PodInjected): Answer {
  const { injection, profile } = decision;
  const warnings = warningsOf(decision);
  if (profile.mode !== "enforce") return allowed({ warnings });
  const audit = { profile: profile.name, "node-id": injection.nodeId };
  return patched(injection.operations, { warnings, audit });
}

/** What is told of a pod that may be created: in mode warn also what would have been done. */
export function warningsOf({ member, profile, injection }: PodInjected): readonly string[] {
  if (profile.mode === "enforce") return injection.warnings;
  const { env } = profile.nodeId;
  const would = `pod ${member.pod} would get ${env}=${injection.nodeId}; nothing was changed`;
  return [say("warn-mode", would), ...injection.warnings];
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
  const read = readPod(request.object);
  if ("denial" in read) return read;
  const { pod } = read;
  const name = pod.metadata.labels?.[PROFILE_LABEL];
  if (name === undefined) return null;
  const init = pod.spec.initContainers?.find((each) => each.name === INIT_CONTAINER);
  const planned = init === undefined ? null : (identityIn(init)?.profileVersion ?? null);
  const asked = { namespace: request.namespace ?? "", username: request.userInfo.username };
  return { pod, name, planned, asked };
}

/** A denial, or in mode warn the same words as a warning. */
export function refuse(denial: Denial, mode: Profile["mode"]): Answer {
  const { rule, code } = denial;
  if (mode === "warn") return allowed({ warnings: [wouldDeny(denial)], audit: { "would-deny": code } });
  return denied(formatDenial(denial), { audit: { rule, code } });
}

/** What is told at apply of a denial that another webhook may still avert. */
export function sayPending(denial: Denial): string {
  const message = `${denial.message}. Unless another webhook adds it to the pods, each of them is denied for that`;
  return formatDenial({ ...denial, message });
}

/** The words of a denial where none is made. */
export function wouldDeny(denial: Denial): string {
  return say("warn-mode", `would deny: ${formatDenial(denial)}`);
}
