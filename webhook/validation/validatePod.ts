// Reviews of pods at /validate, after all mutating webhooks: whether what was injected is still there.
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
import { type CreatedPod, denyOrWarn, readCreated, usePrevious } from "../mutation/reviewPod.ts";
import { findOlderPoolConflict, type LiveSets, queryPool } from "./numberPool.ts";

/** Answers CREATE of a pod at /validate. */
export async function validatePod(
  request: AdmissionRequest,
  context: RequestContext & { readonly liveSets: LiveSets },
): Promise<AdmissionAnswer> {
  const created = readCreated(request);
  if (created === null) return allowRequest();
  if ("denial" in created) return denyOrWarn(created.denial, created.mode);
  const { name, planned } = created;
  const { settings, liveSets } = context;
  await yieldIfSlow();
  const selected = await selectProfiles(name, planned, context);
  const found = await reviewWithLatestProfiles([name], selected, context, (profiles) =>
    validateBy(created, { profiles, settings }, liveSets),
  );
  const before = found.mayBePrevious ? usePrevious(created, found.profiles, context) : null;
  if (before === null) return found.answer;
  const { answer } = await validateBy(created, before, liveSets);
  return answer.allowed ? answer : found.answer;
}

interface ValidationResult {
  readonly answer: AdmissionAnswer;
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

async function validateBy(
  created: CreatedPod,
  config: ActiveConfig,
  liveSets: LiveSets,
): Promise<ValidationResult> {
  const decision = decideOnReadPod(created.pod, created.asked, config);
  await yieldIfSlow();
  if (decision.is === "not-ours") return { answer: allowRequest(), mayBePrevious: false };
  if (decision.is === "denied") {
    const { denial, mode } = decision;
    return {
      answer: denyOrWarn(denial, mode),
      mayBePrevious: mode === "enforce" && !ABOUT_CHOICE.has(denial.rule),
    };
  }
  const { pod, member, profile } = decision;
  // in mode warn nothing was injected, so there is nothing to find
  const lost = profile.mode === "warn" ? null : findInjectionFault(pod, member, profile);
  const mine = { namespace: member.namespace, name: member.statefulSet, profile };
  const denial = lost ?? (await queryPool(mine, config, liveSets, findOlderPoolConflict));
  return {
    answer: denial === null ? allowRequest() : denyOrWarn(denial, profile.mode),
    mayBePrevious: lost !== null,
  };
}
