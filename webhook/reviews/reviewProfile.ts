// Reviews of RollcallProfiles: faults that the API server's schema cannot express, and StatefulSets that still use a profile.
import { isDeepStrictEqual } from "node:util";
import { type AdmissionAnswer, allowRequest } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { type Denial, deny, formatWarning } from "../denials/codes.ts";
import { allowsNamespace } from "../mutation/decidePod.ts";
import { denyOrWarn } from "../mutation/reviewPod.ts";
import type { Profile } from "../profiles/profile.ts";
import { describeConflict, findOverlap, formatFaults, type Profiles } from "../profiles/profileSet.ts";
import { type ReadProfile, readProfile } from "../profiles/readProfile.ts";
import { warnOfIgnoredFields } from "../profiles/warnOfIgnoredFields.ts";
import type { LiveSet } from "../validation/numberPool.ts";
import type { ReviewContext } from "./statefulSet.ts";

type ProfileReviewContext = Pick<ReviewContext, "source" | "liveSets">;

/** Answers CREATE, UPDATE and DELETE of a RollcallProfile; not changes of its status. */
export async function reviewProfile(
  request: AdmissionRequest,
  context: ProfileReviewContext,
): Promise<AdmissionAnswer> {
  switch (request.operation) {
    case "CREATE":
      return reviewCreation(readProfile(request.object, null), context.source.current());
    case "UPDATE":
      return reviewUpdate(request, context);
    case "DELETE":
      return answer(await findUse(request.oldObject, context), []);
    default:
      return allowRequest();
  }
}

const answer = (denial: Denial | null, warnings: readonly string[]): AdmissionAnswer =>
  denial === null ? allowRequest({ warnings }) : denyOrWarn(denial, "enforce");

function reviewCreation(read: ReadProfile, profiles: Profiles | null): AdmissionAnswer {
  return answer(findFault(read, profiles), "profile" in read ? warnOfIgnoredFields(read.profile) : []);
}

/** The denial if a profile is invalid, or conflicts with another one; or null. */
function findFault(read: ReadProfile, profiles: Profiles | null): Denial | null {
  if ("faults" in read)
    return deny(
      "profile-invalid",
      `Storing the profile is denied: it is invalid. Correct these fields, then retry:\n${formatFaults(read.faults)}`,
    );
  const { profile } = read;
  const other = profiles === null ? null : findOverlap(profile, profiles);
  return other === null
    ? null
    : deny(
        "profile-conflict",
        `Storing profile ${profile.name} is denied: it conflicts with an older profile: ${describeConflict(profile, other)}`,
      );
}

async function reviewUpdate(
  request: AdmissionRequest,
  context: ProfileReviewContext,
): Promise<AdmissionAnswer> {
  const { object, oldObject } = request;
  // changes of metadata are allowed even if an older version stored a profile that this version would deny
  if (isDeepStrictEqual(getSpec(object), getSpec(oldObject))) return allowRequest();
  const after = readProfile(object, null);
  const fault = findFault(after, context.source.current());
  if (fault !== null) return answer(fault, []);
  const before = readProfile(oldObject, null);
  if ("faults" in after) return allowRequest();
  const ignored = warnOfIgnoredFields(after.profile);
  if ("faults" in before) return allowRequest({ warnings: ignored });
  const isNarrowed = before.profile.namespaces.some((name) => !allowsNamespace(after.profile, name));
  const changes = listChanges(before.profile, after.profile);
  if (!isNarrowed && changes.length === 0) return allowRequest({ warnings: ignored });
  const users = await listUsers(before.profile, context);
  if ("code" in users) return answer(users, []);
  const lost = users.filter(({ namespace }) => !allowsNamespace(after.profile, namespace));
  if (lost.length > 0) {
    const action = `Withdrawing profile ${after.profile.name} from namespaces`;
    return answer(denyUse(action, lost), []);
  }
  if (users.length === 0 || changes.length === 0) return allowRequest({ warnings: ignored });
  const message =
    `${changes.join(" and ")} of profile ${after.profile.name} changed, and ${listSets(users)} ${users.length === 1 ? "uses" : "use"} it. Running pods ` +
    `keep the old values until they are recreated.`;
  return answer(null, [...ignored, formatWarning("profile-changed", message)]);
}

/** The changed parts that running pods have the old values of. */
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
  // an invalid profile may have been valid earlier, and then StatefulSets may use it
  const name = "profile" in read ? read.profile.name : getName(object);
  const users = await listUsers("profile" in read ? read.profile : { name, namespaces: ["*"] }, context);
  if ("code" in users) return users;
  return users.length === 0 ? null : denyUse(`Deleting profile ${name}`, users);
}

function denyUse(action: string, users: readonly LiveSet[]): Denial {
  const [verb, their] = users.length === 1 ? ["uses", "its"] : ["use", "their"];
  return deny(
    "profile-in-use",
    `${action} is denied: ${listSets(users)} still ${verb} it, so ${their} pods could no longer be created and would lose their ` +
      `protection. Delete those StatefulSets, or name another profile in their pod templates, then retry.`,
  );
}

/** The StatefulSets that may use a profile and do. Labels in other namespaces do not count, since any tenant can write them. */
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
      `The change of profile ${profile.name} is denied: cannot list the StatefulSets that use it (${why}). Retry.`,
    );
  }
}

/** Limits the names in a message. */
const MOST_NAMED = 10;

function listSets(sets: readonly LiveSet[]): string {
  const names = [...new Set(sets.map(({ namespace, name }) => `${namespace}/${name}`))].sort();
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `StatefulSet${names.length === 1 ? "" : "s"} ${names.slice(0, MOST_NAMED).join(", ")}${more}`;
}

const getSpec = (object: unknown): unknown => (object as { spec?: unknown } | null)?.spec;

const getName = (object: unknown): string =>
  String((object as { metadata?: { name?: unknown } } | null)?.metadata?.name ?? "");
