// Reviews of pods at /validate, after all mutating webhooks: verifies that the injection is still complete.
import { type AdmissionAnswer, allowRequest } from "../admission/answer.ts";
import { yieldIfSlow } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { Denial } from "../denials/codes.ts";
import { type ActiveConfig, decideOnReadPod } from "../mutation/decidePod.ts";
import { findInjectionFault } from "../mutation/findInjectionFault.ts";
import {
  type RequestContext,
  reviewWithLatestProfiles,
  selectProfiles,
} from "../mutation/profileVersions.ts";
import { type CreatedPod, denyCreation, readCreatedPod, usePreviousProfile } from "../mutation/reviewPod.ts";
import { findOlderPoolConflict, type LiveSets, queryPool } from "./numberPool.ts";

/** Answers CREATE of a pod at /validate. */
export async function validatePod(
  request: AdmissionRequest,
  context: RequestContext & { readonly liveSets: LiveSets },
): Promise<AdmissionAnswer> {
  const created = readCreatedPod(request);
  if (created === null) return allowRequest();
  if ("denial" in created) return denyCreation(created, created.denial, created.mode);
  const { name, planned } = created;
  const { settings, liveSets } = context;
  await yieldIfSlow();
  const selected = await selectProfiles(name, planned, context);
  const found = await reviewWithLatestProfiles([name], selected, context, (profiles) =>
    validateBy(created, { profiles, settings }, liveSets),
  );
  const before = found.mayBePrevious ? usePreviousProfile(created, found.profiles, context) : null;
  if (before === null) return found.answer;
  const { answer } = await validateBy(created, before, liveSets);
  return answer.allowed ? answer : found.answer;
}

interface ValidationResult {
  readonly answer: AdmissionAnswer;
  /** a denial that the previous version of the profile, which may have injected the pod, could lift */
  readonly mayBePrevious: boolean;
}

/** Denials about the choice of the profile, which a previous version cannot lift. */
const PROFILE_DENIALS: ReadonlySet<Denial["rule"]> = new Set([
  "profiles-not-loaded",
  "profile-not-found",
  "profile-not-active",
  "profile-not-allowed",
]);

async function validateBy(
  created: CreatedPod,
  config: ActiveConfig,
  liveSets: LiveSets,
): Promise<ValidationResult> {
  const decision = decideOnReadPod(created.pod, created.podRequest, config);
  await yieldIfSlow();
  if (decision.is === "not-ours") return { answer: allowRequest(), mayBePrevious: false };
  if (decision.is === "denied") {
    const { denial, mode } = decision;
    return {
      answer: denyCreation(created, denial, mode),
      mayBePrevious: mode === "enforce" && !PROFILE_DENIALS.has(denial.rule),
    };
  }
  const { pod, member, profile } = decision;
  // in mode Warn nothing is injected
  const fault = profile.mode === "warn" ? null : findInjectionFault(pod, member, profile);
  const claimant = { namespace: member.namespace, name: member.statefulSet, profile };
  const denial = fault ?? (await queryPool(claimant, config, liveSets, findOlderPoolConflict));
  return {
    answer: denial === null ? allowRequest() : denyCreation(created, denial, profile.mode),
    mayBePrevious: fault !== null,
  };
}
