// The calls of the metrics' reading of content (webhook/server/watchContent.ts), as a client of their own: a review must
// never wait for a list or a place in the queue that this reading takes.
import { META, ORDINAL_FIELDS } from "../../init/contract/apiObjects.ts";
import { nullish, object, readShape } from "../../init/contract/shape.ts";
import type { ApiAccess } from "./access.ts";
import { createApiClient, toApiRefusal } from "./call.ts";

/** A StatefulSet with replicas whose pod template has the label. */
export interface RunningSet {
  readonly namespace: string;
  readonly name: string;
  /** the label's value */
  readonly profile: string;
  /** first ordinal */
  readonly start: number;
  /** above 0 */
  readonly replicas: number;
}

export interface ContentApi {
  /** Lists the StatefulSets with replicas of these profiles. */
  readonly listSets: (
    isWanted: (profile: string) => boolean,
    deadline: AbortSignal,
  ) => Promise<readonly RunningSet[]>;
  /** null: there is none */
  readonly readLease: (
    at: { readonly namespace: string; readonly name: string },
    deadline: AbortSignal,
  ) => Promise<unknown>;
}

/** @param most concurrent calls */
export function createContentApi(access: ApiAccess, label: string, most: number): ContentApi {
  const { call, list } = createApiClient(access, most);
  return {
    listSets: (isWanted, deadline) =>
      list({
        // no selector can match pod templates, so all StatefulSets are read
        path: "/apis/apps/v1/statefulsets",
        what: "StatefulSets",
        keep: (item) => keepRunningSet(item, label).filter(({ profile }) => isWanted(profile)),
        deadline,
      }),
    readLease: async ({ namespace, name }, deadline) => {
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
      const path = `${leases}/${encodeURIComponent(name)}`;
      const answer = await call({ method: "GET", path, deadline });
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw toApiRefusal(answer);
      return answer.body;
    },
  };
}

const statefulSet = object({
  metadata: object({ namespace: META.namespace, name: META.name }),
  spec: object({
    ...ORDINAL_FIELDS,
    template: object({ metadata: nullish(object({ labels: nullish(META.labels) })) }),
  }),
});

/** One that cannot be read is left out: only the counts lack it. */
function keepRunningSet(item: unknown, label: string): RunningSet[] {
  const read = readShape(statefulSet, item);
  if ("fault" in read) return [];
  const { metadata, spec } = read.value;
  const profile = spec.template.metadata?.labels?.[label];
  const replicas = spec.replicas ?? 1;
  if (profile === undefined || replicas < 1) return [];
  const { namespace, name } = metadata;
  return [{ namespace, name, profile, start: spec.ordinals?.start ?? 0, replicas }];
}
