// Whether profiles are active.
import { anything } from "../../../../init/contract/shape.ts";
import { readReadyStatus } from "../../../cluster/readyCondition.ts";
import { isObjectName, readWatchedObject, type WatchedObject } from "../../../cluster/watchedObject.ts";
import type { Profile } from "../../../profiles/profile.ts";
import { readProfile } from "../../../profiles/readProfile.ts";
import { PROFILE_API_VERSION, PROFILE_PLURAL } from "../../../profiles/schema.ts";
import { type Check, createFault, type DoctorContext } from "../context.ts";
import { type CheckFinding, quoteFromCluster } from "../report.ts";

export interface ListedProfile extends WatchedObject {
  /** null: this version of Rollcall cannot read it */
  readonly profile: Profile | null;
}

export async function listProfiles({ reader }: Pick<DoctorContext, "reader">): Promise<ListedProfile[]> {
  const path = `/apis/${PROFILE_API_VERSION}/${PROFILE_PLURAL}`;
  const found = await reader.list(path, "RollcallProfiles", anything());
  return found
    .map(readWatchedObject)
    .filter(({ name }) => isObjectName(name))
    .map((watched) => {
      const read = readProfile(watched.object, watched);
      return { ...watched, profile: "profile" in read ? read.profile : null };
    });
}

export const checkProfiles: Check = {
  group: "Profiles",
  name: "profiles",
  looksAt: "the condition Ready and observedGeneration of each RollcallProfile",
  run: async (context) => {
    const profiles = await listProfiles(context);
    const findings = profiles.flatMap((each) => explainProfile(context, each));
    return {
      good:
        profiles.length === 0 ? "there are no profiles yet" : `every profile is active (${profiles.length})`,
      findings,
    };
  },
};

/** A replica writes the status within seconds. */
const STATUS_MS = 60_000;

function explainProfile(context: DoctorContext, each: ListedProfile): CheckFinding[] {
  const { name } = each;
  const lag = explainLag(each, context.reader.now());
  if (lag !== null)
    return [
      createFault(`RollcallProfile ${name}: ${lag}`, "whether the latest edit is active is not known", [
        "# a running webhook writes it within seconds; its log says what prevents it",
        context.commands.kubectlIn(context.installation.namespace, "logs", "deployment/rollcall"),
      ]),
    ];
  const { ready } = readReadyStatus(each.object);
  if (ready === null || ready.status === "True") return [];
  return [
    createFault(
      `RollcallProfile ${name} is not active (${quoteFromCluster(ready.reason, 60)}): ${quoteFromCluster(ready.message)}`,
      "its workloads are denied, or keep the previous version of it",
      [context.commands.kubectl("edit", "rcp", name)],
    ),
  ];
}

/** How the status is behind the profile; null: it is not, or the profile is new. */
function explainLag({ object, generation, creationTimestamp }: ListedProfile, now: Date): string | null {
  const { ready, observedGeneration } = readReadyStatus(object);
  if (ready !== null) {
    const observed = observedGeneration ?? 0;
    if (observed >= generation) return null;
    return `the status is of generation ${observed}, the profile has ${generation}`;
  }
  const age = now.getTime() - Date.parse(creationTimestamp);
  return age < STATUS_MS ? null : "no replica has written its status";
}
