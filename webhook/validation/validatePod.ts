// Reviews of pods at /validate, after all mutating webhooks: whether what was injected is still there.
import { type Answer, allowed } from "../admission/answer.ts";
import { breathe } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { Denial } from "../denials/codes.ts";
import { decideOnReadPod, type InForce } from "../mutation/decidePod.ts";
import { twin } from "../mutation/findInjectionFault.ts";
import { judgeByNewest, type RequestContext, selectProfiles } from "../mutation/profileVersions.ts";
import { type CreatedPod, readCreated, refuse, usePrevious } from "../mutation/reviewPod.ts";
import { askPool, type LiveSets, poolTakenBefore } from "./numberPool.ts";

/** Answers CREATE of a pod at /validate. */
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
