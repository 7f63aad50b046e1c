// The StatefulSets of a cluster that carry a label on their pod template, and those that are gone but whose pods are not.
import {
  AppsV1Api,
  CoreV1Api,
  type KubeConfig,
  type V1Pod,
  type V1StatefulSet,
} from "@kubernetes/client-node";

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

const PAGE = 500;

/** Every StatefulSet whose pod template carries `label`, and every one that left such pods; rejects where they cannot be listed. */
export async function labelledSets(config: KubeConfig, label: string): Promise<LabelledSet[]> {
  // pods first: a set that goes in between has left its pods, and one that comes is listed
  const core = config.makeApiClient(CoreV1Api);
  const pods = await allPages((page) => core.listPodForAllNamespaces({ ...page, labelSelector: label }));
  const apps = config.makeApiClient(AppsV1Api);
  // no selector of a list looks at pod templates: all are read
  const sets = await allPages((page) => apps.listStatefulSetForAllNamespaces(page));
  return [...sets.flatMap((set) => labelled(set, label)), ...leftBehind(pods, sets, label)];
}

interface Page<T> {
  items: T[];
  metadata?: { _continue?: string };
}

async function allPages<T>(
  list: (page: { limit: number; _continue?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const found: T[] = [];
  let next: string | undefined;
  do {
    const page = await list({ limit: PAGE, ...(next ? { _continue: next } : {}) });
    found.push(...page.items);
    next = page.metadata?._continue;
  } while (next);
  return found;
}

function labelled({ metadata, spec }: V1StatefulSet, label: string): LabelledSet[] {
  const profile = spec?.template.metadata?.labels?.[label];
  if (profile === undefined) return [];
  const createdAt = metadata?.creationTimestamp?.toISOString() ?? "";
  return [{ namespace: metadata?.namespace ?? "", name: metadata?.name ?? "", profile, createdAt }];
}

/** The sets that are not there any more but whose pods may still run, each with one of these. */
export function leftBehind(
  pods: readonly V1Pod[],
  sets: readonly V1StatefulSet[],
  label: string,
): LabelledSet[] {
  const live = new Set(sets.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`));
  const found = new Map<string, LabelledSet>();
  for (const { metadata, status } of pods) {
    const { namespace = "", name: leftPod = "", labels = {} } = metadata ?? {};
    const profile = labels[label];
    const name = setOf(metadata);
    if (profile === undefined || name === null || isOver(status?.phase)) continue;
    const key = `${namespace}/${name} ${profile}`;
    if (live.has(`${namespace}/${name}`) || found.has(key)) continue;
    found.set(key, { namespace, name, profile, createdAt: "", leftPod });
  }
  return [...found.values()];
}

/** A pod whose containers have ended for good has no number that counts. */
const isOver = (phase: string | undefined): boolean => phase === "Succeeded" || phase === "Failed";

/** The name of the set that made a pod; of an orphan, which has no owner any more, by the pod's own name. */
function setOf(metadata: V1Pod["metadata"]): string | null {
  const { name = "", labels = {}, ownerReferences = [] } = metadata ?? {};
  const owner = ownerReferences.find(({ controller }) => controller === true);
  if (owner !== undefined) return owner.kind === "StatefulSet" ? owner.name : null;
  const [, set] = /^(.+)-\d+$/.exec(name) ?? [];
  return set !== undefined && labels["statefulset.kubernetes.io/pod-name"] === name ? set : null;
}
