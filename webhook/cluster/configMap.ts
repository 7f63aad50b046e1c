// The data of a ConfigMap, as it stands now.
import type { KubeConfig } from "@kubernetes/client-node";
import { mapOf, object, optional, readShape, text } from "../../init/contract/shape.ts";
import { apiOf, refusalOf } from "./call.ts";

const configMap = object({ data: optional(mapOf(text())) });

/** @returns reads it; rejects with words where it cannot be read or is not there */
export function configMapOf(
  config: KubeConfig,
  { namespace, name }: { namespace: string; name: string },
): (deadline: AbortSignal) => Promise<Readonly<Record<string, string>>> {
  const { call } = apiOf(config);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
  return async (deadline) => {
    const answer = await call({ method: "GET", path, deadline });
    const read = readShape(configMap, answer.body);
    if (answer.status !== 200 || "fault" in read) throw refusalOf(answer);
    return read.value.data ?? {};
  };
}
