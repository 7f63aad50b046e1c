// The StatefulSets of a cluster that carry a label on their pod template, and those that are gone but whose pods are not.
import { META } from "../../init/contract/apiObjects.ts";
import { list, nullish, object, readShape, type TypeOf, text } from "../../init/contract/shape.ts";
import { OWNER } from "../kubernetes/objects.ts";
import type { ApiAccess } from "./access.ts";
import { createApiClient } from "./call.ts";
import { coalesceCalls } from "./coalesceCalls.ts";

export interface LabelledSet {
  namespace: string;
  name: string;
  /** the label's value */
  profile: string;
  /** RFC 3339, to the second; empty where the set is gone */
  createdAt: string;
  /** a pod that is there although the set is not: deleted with --cascade=orphan, or still on its way out */
  leftPod?: string;
}

/** Of pods labels and owners are enough, and whether they have ended is asked for in the query. */
const METADATA_ONLY =
  "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;q=0.9";

/**
 * Every StatefulSet whose pod template carries `label`, and every one that left such pods; rejects where they cannot be
 * listed. Reviews at the same time share a list that began after they came.
 */
export function createSetLister(
  access: ApiAccess,
  label: string,
): (deadline: AbortSignal) => Promise<LabelledSet[]> {
  const api = createApiClient(access);
  return coalesceCalls(async (deadline) => {
    // pods first: a set that goes in between has left its pods, and one that comes is listed
    const pods = await api.list({
      path: "/api/v1/pods",
      what: "pods",
      accept: METADATA_ONLY,
      query: { labelSelector: label, fieldSelector: "status.phase!=Succeeded,status.phase!=Failed" },
      keep: (item) => keepPod(item, label),
      deadline,
    });
    // no selector of a list looks at pod templates: all are read
    const path = "/apis/apps/v1/statefulsets";
    const keep = (item: unknown): SeenSet[] => keepSet(item, label);
    const sets = await api.list({ path, what: "StatefulSets", keep, deadline });
    return [...sets.flatMap(labelled), ...selectLeftBehind(pods, sets)];
  });
}

const metadata = object({
  namespace: nullish(META.namespace),
  name: nullish(META.name),
  labels: nullish(META.labels),
  ownerReferences: nullish(
    list(object({ kind: OWNER.kind, name: OWNER.name, controller: OWNER.controller })),
  ),
});

const pod = object({ metadata, status: nullish(object({ phase: nullish(text()) })) });

/** A pod with the label that may run, and the set that made it. */
interface SeenPod {
  readonly namespace: string;
  readonly name: string;
  readonly profile: string;
  readonly set: string;
}

/** @throws where it is no pod: who is not seen would not be counted */
function keepPod(item: unknown, label: string): SeenPod[] {
  const read = readShape(pod, item);
  if ("fault" in read) throw new Error("the API server's answer is not a list of pods");
  const { metadata: about, status } = read.value;
  const profile = about.labels?.[label];
  const set = readOwnerSet(about);
  if (profile === undefined || set === null || isOver(status?.phase)) return [];
  return [{ namespace: about.namespace ?? "", name: about.name ?? "", profile, set }];
}

const statefulSet = object({
  metadata: object({
    namespace: nullish(META.namespace),
    name: nullish(META.name),
    creationTimestamp: nullish(META.creationTimestamp),
  }),
  spec: nullish(
    object({ template: nullish(object({ metadata: nullish(object({ labels: nullish(META.labels) })) })) }),
  ),
});

interface SeenSet {
  readonly namespace: string;
  readonly name: string;
  /** null: its template does not carry the label */
  readonly profile: string | null;
  readonly createdAt: string;
}

/** @throws where it is no StatefulSet */
function keepSet(item: unknown, label: string): SeenSet[] {
  const read = readShape(statefulSet, item);
  if ("fault" in read) throw new Error("the API server's answer is not a list of StatefulSets");
  const { metadata: about, spec } = read.value;
  return [
    {
      namespace: about.namespace ?? "",
      name: about.name ?? "",
      profile: spec?.template?.metadata?.labels?.[label] ?? null,
      createdAt: about.creationTimestamp ?? "",
    },
  ];
}

const labelled = ({ profile, ...set }: SeenSet): LabelledSet[] =>
  profile === null ? [] : [{ ...set, profile }];

/** The sets that are not there any more but whose pods may still run, each with one of these. */
export const findLeftBehindSets = (
  pods: readonly unknown[],
  sets: readonly unknown[],
  label: string,
): LabelledSet[] =>
  selectLeftBehind(
    pods.flatMap((item) => keepPod(item, label)),
    sets.flatMap((item) => keepSet(item, label)),
  );

function selectLeftBehind(pods: readonly SeenPod[], sets: readonly SeenSet[]): LabelledSet[] {
  const live = new Set(sets.map(({ namespace, name }) => `${namespace}/${name}`));
  const found = new Map<string, LabelledSet>();
  for (const { namespace, name: leftPod, profile, set: name } of pods) {
    const key = `${namespace}/${name} ${profile}`;
    if (live.has(`${namespace}/${name}`) || found.has(key)) continue;
    found.set(key, { namespace, name, profile, createdAt: "", leftPod });
  }
  return [...found.values()];
}

/** A pod whose containers have ended for good has no number that counts. */
const isOver = (phase: string | null | undefined): boolean => phase === "Succeeded" || phase === "Failed";

/** The name of the set that made a pod; of an orphan, which has no owner any more, by the pod's own name. */
function readOwnerSet({ name, labels: own, ownerReferences }: TypeOf<typeof metadata>): string | null {
  const owner = (ownerReferences ?? []).find(({ controller }) => controller === true);
  if (owner !== undefined) return owner.kind === "StatefulSet" ? owner.name : null;
  const [, set] = /^(.+)-\d+$/.exec(name ?? "") ?? [];
  return set !== undefined && own?.["statefulset.kubernetes.io/pod-name"] === name ? set : null;
}
