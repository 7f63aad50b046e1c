// Reviews of pods: the mutating hook and its validating twin.
import { type Answer, allowed, denied, patched } from "../admission/answer.ts";
import { breathe } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { Profile } from "../profiles/profile.ts";
import { type Denial, say } from "./codes.ts";
import {
  decideOnReadPod,
  type InForce,
  type PodDecision,
  type PodDenied,
  type PodInjected,
  readPod,
  untilJudged,
} from "./decide.ts";
import { type Around, byNewest, byReplaced, type Judged } from "./inFlight.ts";
import { askPool, type LiveSets, poolTakenBefore } from "./pool.ts";
import { twin } from "./twin.ts";

/** Answers CREATE of a pod at /mutate. */
export async function mutatePod(request: AdmissionRequest, force: InForce, around: Around): Promise<Answer> {
  const here = await byNewest(force, around, (each) => mutateBy(request, each));
  const answer = await byReplaced(here, around, async (each) => {
    const before = await mutateBy(request, each);
    // another webhook has changed the pod, so that it comes a second time, and to another replica
    return before.isWhole() ? before.answer : null;
  });
  return answer.allowed ? answer : (here.meanwhile ?? answer);
}

interface Mutated extends Judged {
  /** whether it has been injected by this version before; asked for seldom */
  isWhole(): boolean;
  /** instead of a denial for what another webhook may still add: /validate judges that */
  meanwhile: Answer | null;
}

async function mutateBy(request: AdmissionRequest, force: InForce): Promise<Mutated> {
  const decision = await decide(request, force);
  await breathe();
  switch (decision.is) {
    case "not-ours":
      return { answer: allowed(), isOther: false, isWhole: () => false, meanwhile: null };
    case "denied":
      return { ...refused(decision), isWhole: () => false, meanwhile: meanwhileOf(decision) };
    case "injected": {
      const { pod, member, profile } = decision;
      const answer = answerOf(decision);
      return { answer, isOther: false, isWhole: () => twin(pod, member, profile) === null, meanwhile: null };
    }
  }
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
  force: InForce,
  around: Around & { liveSets: LiveSets },
): Promise<Answer> {
  const here = await byNewest(force, around, (each) => validateBy(request, each, around.liveSets));
  return byReplaced(here, around, async (each) => {
    const { answer } = await validateBy(request, each, around.liveSets);
    return answer.allowed ? answer : null;
  });
}

/** What the pod is denied for where it has nothing to do with how it was injected: no other version changes that. */
const ASKED_FOR: ReadonlySet<Denial["rule"]> = new Set([
  "no-profiles",
  "profile-unknown",
  "profile-not-allowed",
]);

async function validateBy(request: AdmissionRequest, force: InForce, liveSets: LiveSets): Promise<Judged> {
  const decision = await decide(request, force);
  await breathe();
  if (decision.is === "not-ours") return { answer: allowed(), isOther: false };
  if (decision.is === "denied") return refused(decision);
  const { pod, member, profile } = decision;
  // in mode warn nothing was injected, so there is nothing to find
  const lost = profile.mode === "warn" ? null : twin(pod, member, profile);
  const mine = { namespace: member.namespace, name: member.statefulSet, profile };
  const denial = lost ?? (await askPool(mine, force, liveSets, poolTakenBefore));
  return { answer: denial === null ? allowed() : refuse(denial, profile.mode), isOther: lost !== null };
}

const refused = ({ denial, mode }: PodDenied): Judged => ({
  answer: refuse(denial, mode),
  isOther: mode === "enforce" && !ASKED_FOR.has(denial.rule),
});

async function decide(request: AdmissionRequest, force: InForce): Promise<PodDecision> {
  if (request.resource.resource !== "pods" || request.operation !== "CREATE") return { is: "not-ours" };
  const read = readPod(request.object);
  if ("denial" in read) return read;
  await breathe();
  const asked = { namespace: request.namespace ?? "", username: request.userInfo.username };
  return decideOnReadPod(read.pod, asked, force);
}

/** A denial, or in mode warn the same words as a warning. */
export function refuse(denial: Denial, mode: Profile["mode"]): Answer {
  const { rule, code, message } = denial;
  if (mode === "warn") return allowed({ warnings: [wouldDeny(denial)], audit: { "would-deny": code } });
  return denied(say(rule, message), { audit: { rule, code } });
}

/** What is told at apply of a denial that another webhook may still avert. */
export function sayPending({ rule, message }: Denial): string {
  return say(rule, `${message}. Unless another webhook adds it to the pods, each of them is denied for that`);
}

/** The words of a denial where none is made. */
export function wouldDeny({ rule, message }: Denial): string {
  return say("warn-mode", `would deny: ${say(rule, message)}`);
}
