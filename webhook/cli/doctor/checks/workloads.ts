// Whether labelled StatefulSets and their pods are as the webhook would have made them.
import { META } from "../../../../init/contract/apiObjects.ts";
import { nullish, object, type TypeOf, text } from "../../../../init/contract/shape.ts";
import { isObjectName } from "../../../cluster/watchedObject.ts";
import { INIT_CONTAINER, PROFILE_LABEL } from "../../../kubernetes/names.ts";
import { podLabels, podSpec, statefulSet } from "../../../kubernetes/objects.ts";
import { listNames } from "../../../kubernetes/shorten.ts";
import type { Profile } from "../../../profiles/profile.ts";
import { type Check, createFault, createUnknown, type DoctorContext } from "../context.ts";
import { type CheckFinding, quoteFromCluster } from "../report.ts";
import { listProfiles } from "./profiles.ts";

export interface SetSummary {
  readonly namespace: string;
  readonly name: string;
  readonly profile: string;
  readonly hasSelectorLabel: boolean;
}

/** Whether the webhook configurations leave a namespace out. */
export const isExcluded = (
  { installation }: Pick<DoctorContext, "installation">,
  namespace: string,
): boolean => ["kube-system", "kube-public", "kube-node-lease", installation.namespace].includes(namespace);

/** Each list is read once for each run. */
const lists = new WeakMap<object, Promise<SetSummary[]>>();

export function listLabelledSets(context: DoctorContext): Promise<SetSummary[]> {
  const known = lists.get(context);
  if (known !== undefined) return known;
  const found = readLabelledSets(context);
  lists.set(context, found);
  return found;
}

async function readLabelledSets(context: DoctorContext): Promise<SetSummary[]> {
  const found = await context.reader.list("/apis/apps/v1/statefulsets", "StatefulSets", statefulSet);
  return found.flatMap(({ metadata: { name, namespace = "" }, spec }) => {
    const profile = spec.template.metadata?.labels?.[PROFILE_LABEL];
    if (
      profile === undefined ||
      isExcluded(context, namespace) ||
      !isObjectName(name) ||
      !isObjectName(namespace)
    )
      return [];
    const hasSelectorLabel = spec.selector?.matchLabels?.[PROFILE_LABEL] === profile;
    return [{ namespace, name, profile, hasSelectorLabel }];
  });
}

export const checkStatefulSets: Check = {
  group: "Workloads",
  name: "statefulsets",
  looksAt:
    "StatefulSets with the label rollcall.dev/profile in the pod template: their profile and their selector",
  run: async (context) => {
    const { commands } = context;
    const sets = await listLabelledSets(context);
    const profiles = new Map((await listProfiles(context)).map((each) => [each.name, each]));
    const findings: CheckFinding[] = [];
    for (const { namespace, name, profile, hasSelectorLabel } of sets) {
      const shown = `StatefulSet ${namespace}/${name}`;
      const found = profiles.get(profile);
      if (found === undefined)
        findings.push(
          createFault(
            `${shown} names the profile ${quoteFromCluster(JSON.stringify(profile), 80)}, which does not exist (RC101)`,
            "its pods are denied when they are created anew",
            [
              "# create the profile, or correct the label in the pod template:",
              commands.kubectl("get", "rcp"),
              commands.kubectlIn(namespace, "edit", "statefulset", name),
            ],
          ),
        );
      if (!hasSelectorLabel)
        findings.push({
          status: found?.profile?.selectorLabel === "require" ? "fault" : "warning",
          message: `${shown} does not have the label rollcall.dev/profile in its selector (RC121)`,
          why: "while the webhook is down, its scale-down by /scale is not denied",
          commands: [
            "# a selector cannot be changed: add the label to spec.selector.matchLabels in your file, then recreate the set; its pods stay",
            commands.kubectlIn(namespace, "delete", "statefulset", name, "--cascade=orphan"),
          ],
        });
    }
    return {
      good:
        sets.length === 0
          ? "there are no labelled StatefulSets yet"
          : `every labelled StatefulSet names an existing profile, and selects the label (${sets.length})`,
      findings,
    };
  },
};

const storedPod = object({
  metadata: object({
    name: META.name,
    namespace: META.namespace,
    labels: podLabels,
    deletionTimestamp: nullish(META.deletionTimestamp),
  }),
  spec: podSpec,
  status: nullish(object({ phase: nullish(text()) })),
});

/** A profile without steps and leave gives pods only variables: their number, or the preset's. */
function isInjected({ spec }: TypeOf<typeof storedPod>, profile: Profile | null): boolean {
  if ((spec.initContainers ?? []).some(({ name }) => name === INIT_CONTAINER)) return true;
  if (profile === null || profile.work !== null) return false;
  const given = new Set(listGivenNames(profile));
  return spec.containers.some(({ env }) => (env ?? []).some(({ name }) => given.has(name)));
}

function listGivenNames({ nodeId, pods }: Profile): string[] {
  if (nodeId.env !== null) return [nodeId.env];
  const anyone = { namespace: "", statefulSet: "", pod: "", ordinal: 0, serviceName: "" };
  return pods.listEnv?.(anyone).map(({ variable }) => variable.name) ?? [];
}

export const checkPods: Check = {
  group: "Workloads",
  name: "pods",
  looksAt:
    "labelled pods without the init containers or the number of Rollcall, which were created while the webhook was away",
  run: async (context) => {
    const { reader, commands } = context;
    const found = await reader.list("/api/v1/pods", "pods", storedPod, { labelSelector: PROFILE_LABEL });
    const profiles = new Map((await listProfiles(context)).map((each) => [each.name, each]));
    const live = found.filter(
      ({ metadata, status }) =>
        !isExcluded(context, metadata.namespace) &&
        !metadata.deletionTimestamp &&
        !/^(Succeeded|Failed)$/.test(status?.phase ?? "") &&
        isObjectName(metadata.name) &&
        isObjectName(metadata.namespace),
    );
    const findings = live
      .map((each) => ({
        each,
        profile: profiles.get(each.metadata.labels?.[PROFILE_LABEL] ?? "")?.profile ?? null,
      }))
      .filter(({ each, profile }) => !isInjected(each, profile))
      .flatMap(({ each, profile }): CheckFinding[] => {
        const { name, namespace } = each.metadata;
        // nothing is injected
        if (profile?.mode === "warn") return [];
        const message = `pod ${namespace}/${name} is labelled, and was not injected`;
        const why = "it has no number, and its steps did not run";
        const remove = commands.kubectlIn(namespace, "delete", "pod", name);
        return [
          profile === null
            ? createUnknown(
                message,
                `${why}; its profile does not exist or is invalid, so what it should have is not known`,
              )
            : createFault(message, why, ["# its StatefulSet creates it anew, with the webhook", remove]),
        ];
      });
    return {
      good:
        live.length === 0
          ? "there are no labelled pods yet"
          : `every labelled pod was injected (${live.length})`,
      findings,
    };
  },
};

export const checkUnusedProfiles: Check = {
  group: "Profiles",
  name: "unused-profiles",
  looksAt: "whether a StatefulSet names each RollcallProfile",
  run: async (context) => {
    const profiles = await listProfiles(context);
    const used = new Set((await listLabelledSets(context)).map((set) => set.profile));
    const unused = profiles.map(({ name }) => name).filter((name) => !used.has(name));
    const findings: CheckFinding[] =
      unused.length === 0
        ? []
        : [
            {
              status: "info",
              message: `no StatefulSet uses ${unused.length} of ${profiles.length} profiles: ${listNames(unused)}`,
              why: "they may be left over, or made for workloads to come",
              commands: [context.commands.kubectl("get", "rcp")],
            },
          ];
    return {
      good: profiles.length === 0 ? "there are no profiles yet" : "a StatefulSet uses each profile",
      findings,
    };
  },
};
