// Reviews of pods: the mutating hook and its validating twin.
import { type Answer, allowed, denied, patched } from "../admission/answer.ts";
import { breathe } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { Profile, ProfileVersion } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { type Denial, formatDenial, say } from "./codes.ts";
import {
  decideOnReadPod,
  type InForce,
  type PodDecision,
  type PodDenied,
  type PodInjected,
  readPod,
  untilJudged,
} from "./decide.ts";
import { INIT_CONTAINER, PROFILE_LABEL } from "./names.ts";
import { identityIn } from "./planIn.ts";
import { askPool, type LiveSets, poolTakenBefore } from "./pool.ts";
import { judgeByNewest, type RequestContext, selectProfiles } from "./profileVersions.ts";
import type { Pod } from "./shape.ts";
import { twin } from "./twin.ts";

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
function usePrevious(
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

/** Answers CREATE of a pod at /validate, after all mutating webhooks. */
export async function validatePod(
  request: AdmissionRequest,
  context: RequestContext & { readonly liveSets: LiveSets },
): Promise<Answer> {
  const created = readCreated(request);
  if (created === null) return allowed();
  if ("denial" in created) return refuse(created.denial, created.mode);
  const { name, planned } = created;
  const { settings, liveSets } = context;
  await breathe();
  const selected = await selectProfiles(name, planned, context);
  const found = await judgeByNewest([name], selected, context, (profiles) =>
    validateBy(created, { profiles, settings }, liveSets),
  );
  const before = found.mayBePrevious ? usePrevious(created, found.profiles, context) : null;
  if (before === null) return found.answer;
  const { answer } = await validateBy(created, before, liveSets);
  return answer.allowed ? answer : found.answer;
}

interface Validated {
  readonly answer: Answer;
  /** denied, and perhaps not so by the version of the profile that injected the pod */
  readonly mayBePrevious: boolean;
}

/** What the pod is denied for where it has nothing to do with how it was injected: no other version changes that. */
const ABOUT_CHOICE: ReadonlySet<Denial["rule"]> = new Set([
  "profiles-not-loaded",
  "profile-not-found",
  "profile-not-active",
  "profile-not-allowed",
]);

async function validateBy(created: CreatedPod, force: InForce, liveSets: LiveSets): Promise<Validated> {
  const decision = decideOnReadPod(created.pod, created.asked, force);
  await breathe();
  if (decision.is === "not-ours") return { answer: allowed(), mayBePrevious: false };
  if (decision.is === "denied") {
    const { denial, mode } = decision;
    return {
      answer: refuse(denial, mode),
      mayBePrevious: mode === "enforce" && !ABOUT_CHOICE.has(denial.rule),
    };
  }
  const { pod, member, profile } = decision;
  // in mode warn nothing was injected, so there is nothing to find
  const lost = profile.mode === "warn" ? null : twin(pod, member, profile);
  const mine = { namespace: member.namespace, name: member.statefulSet, profile };
  const denial = lost ?? (await askPool(mine, force, liveSets, poolTakenBefore));
  return {
    answer: denial === null ? allowed() : refuse(denial, profile.mode),
    mayBePrevious: lost !== null,
  };
}

/** A labelled pod that is to be created. */
interface CreatedPod {
  readonly pod: Pod;
  /** of the profile that it picks */
  readonly name: string;
  /** the version of the profile that its plan names; null: it has no plan */
  readonly planned: ProfileVersion | null;
  readonly asked: { readonly namespace: string; readonly username: string };
}

/** null: nothing of ours is asked. */
function readCreated(request: AdmissionRequest): CreatedPod | PodDenied | null {
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
