// Reviews of RollcallProfiles: what the schema of the API server cannot say, and who would be hurt by a change.
import { isDeepStrictEqual } from "node:util";
import { type AdmissionAnswer, allowRequest } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { type Denial, deny, formatWarning } from "../denials/codes.ts";
import { allowsNamespace } from "../mutation/decidePod.ts";
import { denyOrWarn } from "../mutation/reviewPod.ts";
import type { Profile } from "../profiles/profile.ts";
import { describeConflict, findOverlap, formatFaults, type Profiles } from "../profiles/profileSet.ts";
import { type ReadProfile, readProfile } from "../profiles/readProfile.ts";
import type { LiveSet } from "../validation/numberPool.ts";
import type { ReviewContext } from "./statefulSet.ts";

type ProfileReviewContext = Pick<ReviewContext, "source" | "liveSets">;

/** Answers CREATE, UPDATE and DELETE of a RollcallProfile; changes of its status do not come here. */
export async function reviewProfile(
  request: AdmissionRequest,
  context: ProfileReviewContext,
): Promise<AdmissionAnswer> {
  switch (request.operation) {
    case "CREATE":
      return answer(findFault(readProfile(request.object, null), context.source.current()), []);
    case "UPDATE":
      return judgeUpdate(request, context);
    case "DELETE":
      return answer(await findUse(request.oldObject, context), []);
    default:
      return allowRequest();
  }
}

const answer = (denial: Denial | null, warnings: readonly string[]): AdmissionAnswer =>
  denial === null ? allowRequest({ warnings }) : denyOrWarn(denial, "enforce");

/** What is wrong with a profile by itself, and beside the others; null: nothing. */
function findFault(read: ReadProfile, profiles: Profiles | null): Denial | null {
  if ("faults" in read)
    return deny(
      "profile-invalid",
      `the profile is invalid; nothing was changed:\n${formatFaults(read.faults)}`,
    );
  const { profile } = read;
  const other = profiles === null ? null : findOverlap(profile, profiles);
  return other === null
    ? null
    : deny(
        "profile-conflict",
        `profile ${profile.name} conflicts with an older one: ${describeConflict(profile, other)}`,
      );
}

async function judgeUpdate(
  request: AdmissionRequest,
  context: ProfileReviewContext,
): Promise<AdmissionAnswer> {
  const { object, oldObject } = request;
  // labels, annotations and finalizers: also of a profile that an older version has stored and this one would refuse
  if (isDeepStrictEqual(getSpec(object), getSpec(oldObject))) return allowRequest();
  const after = readProfile(object, null);
  const fault = findFault(after, context.source.current());
  if (fault !== null) return answer(fault, []);
  const before = readProfile(oldObject, null);
  if ("faults" in before || "faults" in after) return allowRequest();
  const isNarrowed = before.profile.namespaces.some((name) => !allowsNamespace(after.profile, name));
  const changes = listChanges(before.profile, after.profile);
  if (!isNarrowed && changes.length === 0) return allowRequest();
  const users = await listUsers(before.profile, context);
  if ("code" in users) return answer(users, []);
  const lost = users.filter(({ namespace }) => !allowsNamespace(after.profile, namespace));
  if (lost.length > 0) return answer(denyUse(after.profile.name, lost, "would lose it"), []);
  if (users.length === 0 || changes.length === 0) return allowRequest();
  const words =
    `${changes.join(" and ")} of profile ${after.profile.name} changed, which is used by ${listSets(users)}; pods that run keep what ` +
    `they have until they are created anew`;
  return answer(null, [formatWarning("profile-changed", words)]);
}

/** What of a change concerns pods that run. */
function listChanges(before: Profile, after: Profile): string[] {
  return [
    ...(isDeepStrictEqual(before.nodeId, after.nodeId) ? [] : ["the numbers"]),
    ...(isDeepStrictEqual([before.drop, before.work?.leave], [after.drop, after.work?.leave])
      ? []
      : ["scaleDown"]),
  ];
}

async function findUse(object: unknown, context: ProfileReviewContext): Promise<Denial | null> {
  const read = readProfile(object, null);
  // no workload runs by a profile that was never valid; one that was may have sets, which are denied now
  const name = "profile" in read ? read.profile.name : getName(object);
  const users = await listUsers("profile" in read ? read.profile : { name, namespaces: ["*"] }, context);
  if ("code" in users) return users;
  return users.length === 0 ? null : denyUse(name, users, "use it");
}

function denyUse(name: string, users: readonly LiveSet[], what: string): Denial {
  return deny(
    "profile-in-use",
    `profile ${name} is in use: ${listSets(users)} ${what}, so their pods could not be created any more and nothing would protect ` +
      `them. Delete those StatefulSets, or let their pod templates name another profile, then retry`,
  );
}

/** The StatefulSets that use a profile and may; a label in another namespace says nothing, since any tenant can write it. */
async function listUsers(
  profile: Pick<Profile, "name" | "namespaces">,
  { liveSets }: ProfileReviewContext,
): Promise<readonly LiveSet[] | Denial> {
  try {
    const sets = await liveSets();
    return sets.filter((set) => set.profile === profile.name && allowsNamespace(profile, set.namespace));
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return deny(
      "profile-in-use",
      `the StatefulSets that use profile ${profile.name} could not be listed (${why}), so whether it is in use is not known; retry`,
    );
  }
}

/** So many are named. */
const MOST_NAMED = 10;

function listSets(sets: readonly LiveSet[]): string {
  const names = [...new Set(sets.map(({ namespace, name }) => `${namespace}/${name}`))].sort();
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `StatefulSet${names.length === 1 ? "" : "s"} ${names.slice(0, MOST_NAMED).join(", ")}${more}`;
}

const getSpec = (object: unknown): unknown => (object as { spec?: unknown } | null)?.spec;

const getName = (object: unknown): string =>
  String((object as { metadata?: { name?: unknown } } | null)?.metadata?.name ?? "");
