// Reviews of pods: the mutating hook and its validating twin.
import { type Answer, allowed, denied, patched } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { Profile } from "../profiles/profile.ts";
import { type Denial, say } from "./codes.ts";
import { decideOnPod, type InForce, type PodDecision } from "./decide.ts";
import { askPool, type LiveSets, poolTakenBefore } from "./pool.ts";
import { twin } from "./twin.ts";

type Injected = Extract<PodDecision, { is: "injected" }>;

/** Answers CREATE of a pod at /mutate. */
export function mutatePod(request: AdmissionRequest, force: InForce): Answer {
  const decision = decide(request, force);
  switch (decision.is) {
    case "not-ours":
      return allowed();
    case "denied":
      return refuse(decision.denial, decision.mode);
    case "injected": {
      const { injection, profile } = decision;
      const audit = { profile: profile.name, "node-id": injection.nodeId };
      if (profile.mode === "enforce")
        return patched(injection.operations, { warnings: warningsOf(decision), audit });
      return allowed({ warnings: warningsOf(decision) });
    }
  }
}

/** What is told of a pod that may be created: in mode warn also what would have been done. */
export function warningsOf({ member, profile, injection }: Injected): readonly string[] {
  if (profile.mode === "enforce") return injection.warnings;
  const { env } = profile.nodeId;
  const would = `pod ${member.pod} would get ${env}=${injection.nodeId}; nothing was changed`;
  return [say("warn-mode", would), ...injection.warnings];
}

/** Answers CREATE of a pod at /validate, after all mutating webhooks. */
export async function validatePod(
  request: AdmissionRequest,
  force: InForce,
  liveSets: LiveSets,
): Promise<Answer> {
  const decision = decide(request, force);
  if (decision.is === "not-ours") return allowed();
  if (decision.is === "denied") return refuse(decision.denial, decision.mode);
  const { pod, member, profile } = decision;
  // in mode warn nothing was injected, so there is nothing to find
  const lost = profile.mode === "warn" ? null : twin(pod, member, profile);
  const mine = { namespace: member.namespace, name: member.statefulSet, profile };
  const refused = lost ?? (await askPool(mine, force, liveSets, poolTakenBefore));
  return refused === null ? allowed() : refuse(refused, profile.mode);
}

function decide(request: AdmissionRequest, force: InForce): PodDecision {
  if (request.resource.resource !== "pods" || request.operation !== "CREATE") return { is: "not-ours" };
  const asked = { namespace: request.namespace ?? "", username: request.userInfo.username };
  return decideOnPod(request.object, asked, force);
}

/** A denial, or in mode warn the same words as a warning. */
export function refuse(denial: Denial, mode: Profile["mode"]): Answer {
  const { rule, code, message } = denial;
  if (mode === "warn") return allowed({ warnings: [wouldDeny(denial)], audit: { "would-deny": code } });
  return denied(say(rule, message), { audit: { rule, code } });
}

/** The words of a denial where none is made. */
export function wouldDeny({ rule, message }: Denial): string {
  return say("warn-mode", `would deny: ${say(rule, message)}`);
}
