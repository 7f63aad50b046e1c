// Lists the StatefulSets whose pod template has a label, and deleted ones whose pods still run.
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
  /** RFC 3339, to the second; empty if the StatefulSet is gone */
  createdAt: string;
  /** a pod that exists although its StatefulSet does not: after --cascade=orphan, or while it terminates */
  leftPod?: string;
}

/** Only the metadata of pods is needed; the query selects those that have not ended. */
const METADATA_ONLY =
  "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;q=0.9";

/**
 * Lists every StatefulSet whose pod template has `label`, and every deleted one that left such pods; rejects if they
 * cannot be listed. Concurrent reviews share a list that began after they arrived.
 */
export function createSetLister(
  access: ApiAccess,
  label: string,
): (deadline: AbortSignal) => Promise<LabelledSet[]> {
  const api = createApiClient(access);
  return coalesceCalls(async (deadline) => {
    // pods first: a StatefulSet that is deleted in between has left its pods, and a new one is in the second list
    const pods = await api.list({
      path: "/api/v1/pods",
      what: "pods",
      accept: METADATA_ONLY,
      query: { labelSelector: label, fieldSelector: "status.phase!=Succeeded,status.phase!=Failed" },
      keep: (item) => keepPod(item, label),
      deadline,
    });
    // no selector can match pod templates, so all StatefulSets are read
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

/** A pod with the label that may run, and its StatefulSet. */
interface SeenPod {
  readonly namespace: string;
  readonly name: string;
  readonly profile: string;
  readonly set: string;
}

/** @throws if it is not a pod: a pod that is skipped would not be counted */
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
  /** null: its template does not have the label */
  readonly profile: string | null;
  readonly createdAt: string;
}

/** @throws if it is not a StatefulSet */
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

/** StatefulSets that do not exist any more but whose pods may run, with one pod each. */
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

/** The containers of such a pod have ended for good, so its number is free. */
const isOver = (phase: string | null | undefined): boolean => phase === "Succeeded" || phase === "Failed";

/** The StatefulSet that created a pod. An orphan has no owner any more, so its name is used. */
function readOwnerSet({ name, labels: own, ownerReferences }: TypeOf<typeof metadata>): string | null {
  const owner = (ownerReferences ?? []).find(({ controller }) => controller === true);
  if (owner !== undefined) return owner.kind === "StatefulSet" ? owner.name : null;
  const [, set] = /^(.+)-\d+$/.exec(name ?? "") ?? [];
  return set !== undefined && own?.["statefulset.kubernetes.io/pod-name"] === name ? set : null;
}
