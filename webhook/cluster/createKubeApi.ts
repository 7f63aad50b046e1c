// The port `KubeApi` over HTTP: the guard's reads, and its writes of the record. Objects stay plain JSON; the caller
// parses them.
import { flag, object, readShape } from "../../init/contract/shape.ts";
import type { KubeApi, NamespacedName, ResourceAttributes } from "../scaleDown/evidence/kubeApi.ts";
import type { ApiAccess } from "./access.ts";
import { type ApiCall, createApiClient, type KubeResponse, toApiRefusal } from "./call.ts";

export function createKubeApi(access: ApiAccess): KubeApi {
  const { call, list } = createApiClient(access);
  const get = async (path: string, deadline: AbortSignal): Promise<unknown> => {
    const answer = await call({ method: "GET", path, deadline });
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw toApiRefusal(answer);
    // null would mean that the object does not exist
    if (answer.body === null) throw new Error("the API server's answer is not an object");
    return answer.body;
  };
  return {
    statefulSet: (at, deadline) => get(buildObjectPath("apis/apps/v1", "statefulsets", at), deadline),
    lease: (at, deadline) => get(buildObjectPath(LEASES, "leases", at), deadline),
    service: (at, deadline) => get(buildObjectPath("api/v1", "services", at), deadline),
    namespace: (name, deadline) => get(`/api/v1/namespaces/${encodeURIComponent(name)}`, deadline),
    budgets: (namespace, keep, deadline) => {
      const path = buildObjectPath("apis/policy/v1", "poddisruptionbudgets", { namespace });
      return list({ path, what: "PodDisruptionBudgets", keep, deadline });
    },
    pods: ({ namespace, labels }, keep, deadline) => {
      const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
      const query = selector.length > 0 ? { labelSelector: selector.join(",") } : {};
      return list({
        path: buildObjectPath("api/v1", "pods", { namespace }),
        what: "pods",
        query,
        keep,
        deadline,
      });
    },
    checkAccess: (account, deed, deadline) => mayDo(call, { account, deed, deadline }),
    createLease: async (namespace, body, deadline) => {
      const path = buildObjectPath(LEASES, "leases", { namespace });
      return written(await call({ method: "POST", path, body, deadline }));
    },
    replaceLease: async (at, body, deadline) =>
      written(await call({ method: "PUT", path: buildObjectPath(LEASES, "leases", at), body, deadline })),
  };
}

const LEASES = "apis/coordination.k8s.io/v1";

function buildObjectPath(
  api: string,
  kind: string,
  { namespace, name }: { namespace: string; name?: string },
): string {
  const of = `/${api}/namespaces/${encodeURIComponent(namespace)}/${kind}`;
  return name === undefined ? of : `${of}/${encodeURIComponent(name)}`;
}

function written(answer: KubeResponse): boolean {
  if (answer.status === 200 || answer.status === 201) return true;
  if (answer.status === 409 || answer.status === 404) return false;
  throw toApiRefusal(answer);
}

const verdict = object({ status: object({ allowed: flag() }) });

async function mayDo(
  call: ApiCall,
  { account, deed, deadline }: { account: NamespacedName; deed: ResourceAttributes; deadline: AbortSignal },
): Promise<boolean> {
  const { namespace, name } = account;
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: `system:serviceaccount:${namespace}:${name}`,
      // the groups that the API server gives to a token of that account
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
      resourceAttributes: { namespace, ...deed },
    },
  };
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const answer = await call({ method: "POST", path, body, deadline });
  if (answer.status !== 200 && answer.status !== 201) throw toApiRefusal(answer);
  const read = readShape(verdict, answer.body);
  if ("fault" in read) throw new Error("the API server's answer is not a SubjectAccessReview");
  return read.value.status.allowed;
}
