// Whether profiles are active, and used.
import { META } from "../../../../init/contract/apiObjects.ts";
import {
  integer,
  list,
  nullish,
  object,
  readShape,
  type TypeOf,
  text,
} from "../../../../init/contract/shape.ts";
import { isObjectName } from "../../../cluster/watchedObject.ts";
import { type Check, createFault, type DoctorContext } from "../context.ts";
import { type CheckFinding, quoteFromCluster } from "../report.ts";

const profile = object({
  metadata: object({
    name: META.name,
    generation: nullish(META.generation),
    creationTimestamp: nullish(META.creationTimestamp),
  }),
  spec: nullish(
    object({
      runner: nullish(object({ delivery: nullish(text()) })),
      mode: nullish(text()),
      selectorLabel: nullish(text()),
    }),
  ),
  status: nullish(
    object({
      observedGeneration: nullish(integer()),
      conditions: nullish(
        list(
          object({
            type: text(),
            status: text(),
            reason: nullish(text()),
            message: nullish(text()),
            lastTransitionTime: nullish(text()),
          }),
          100,
        ),
      ),
    }),
  ),
});

export type ProfileResource = TypeOf<typeof profile>;

export async function listProfiles({ reader }: Pick<DoctorContext, "reader">): Promise<ProfileResource[]> {
  const found = await reader.list(
    "/apis/rollcall.dev/v1alpha1/rollcallprofiles",
    "RollcallProfiles",
    profile,
  );
  return found.filter(({ metadata }) => isObjectName(metadata.name));
}

const numbered = object({ nodeID: object({ env: nullish(text()) }) });

/** The variable that holds the number of pods; null: the type of the profile has no such field. */
export function readNumberVariable({ spec }: ProfileResource): string | null {
  for (const member of Object.values(spec ?? {})) {
    const read = readShape(numbered, member);
    if ("value" in read) return read.value.nodeID.env ?? null;
  }
  return null;
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
        profiles.length === 0 ? "there are no profiles yet" : `all ${profiles.length} profiles are active`,
      findings,
    };
  },
};

/** A replica writes the status within seconds. */
const STATUS_MS = 60_000;

function explainProfile(context: DoctorContext, each: ProfileResource): CheckFinding[] {
  const { name } = each.metadata;
  const ready = each.status?.conditions?.find(({ type }) => type === "Ready");
  const lag = explainLag(each, ready !== undefined, context.reader.now());
  if (lag !== null)
    return [
      createFault(`RollcallProfile ${name}: ${lag}`, "whether the latest edit is active is not known", [
        "# a running webhook writes it within seconds; its log says what prevents it",
        context.commands.kubectlIn(context.installation.namespace, "logs", "deployment/rollcall"),
      ]),
    ];
  if (ready === undefined || ready.status === "True") return [];
  return [
    createFault(
      `RollcallProfile ${name} is not active (${quoteFromCluster(ready.reason ?? "", 60)}): ${quoteFromCluster(ready.message ?? "")}`,
      "its workloads are denied, or keep the previous version of it",
      [context.commands.kubectl("edit", "rcp", name)],
    ),
  ];
}

/** How the status is behind the profile; null: it is not, or the profile is new. */
function explainLag({ metadata, status }: ProfileResource, isJudged: boolean, now: Date): string | null {
  const observed = status?.observedGeneration ?? 0;
  const generation = metadata.generation ?? 0;
  if (isJudged && observed >= generation) return null;
  if (isJudged) return `the status is of generation ${observed}, the profile has ${generation}`;
  const age = now.getTime() - Date.parse(metadata.creationTimestamp ?? "");
  return age < STATUS_MS ? null : "no replica has written its status";
}
