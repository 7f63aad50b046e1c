// The StatefulSets of a cluster that carry a label on their pod template.
import { AppsV1Api, type KubeConfig, type V1StatefulSet } from "@kubernetes/client-node";

export interface LabelledSet {
  namespace: string;
  name: string;
  /** the label's value */
  profile: string;
  /** RFC 3339, to the second */
  createdAt: string;
}

/** No selector of a list looks at pod templates: all are read, in pages. */
const PAGE = 500;

/** Every StatefulSet whose pod template carries `label`; rejects where they cannot be listed. */
export async function labelledSets(config: KubeConfig, label: string): Promise<LabelledSet[]> {
  const api = config.makeApiClient(AppsV1Api);
  const found: LabelledSet[] = [];
  let next: string | undefined;
  do {
    const page = await api.listStatefulSetForAllNamespaces({
      limit: PAGE,
      ...(next ? { _continue: next } : {}),
    });
    found.push(...page.items.flatMap((set) => labelled(set, label)));
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
