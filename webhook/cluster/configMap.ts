// The data of a ConfigMap, as it stands now.
import type { KubeConfig } from "@kubernetes/client-node";
import * as z from "zod";
import { callsOf, refusalOf } from "./call.ts";

const configMap = z.looseObject({ data: z.record(z.string(), z.string()).optional() });

/** @returns reads it; rejects with words where it cannot be read or is not there */
export function configMapOf(
  config: KubeConfig,
  { namespace, name }: { namespace: string; name: string },
): (deadline: AbortSignal) => Promise<Readonly<Record<string, string>>> {
  const call = callsOf(config);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
  return async (deadline) => {
    const answer = await call({ method: "GET", path, deadline });
    const read = configMap.safeParse(answer.body);
    if (answer.status !== 200 || !read.success) throw refusalOf(answer);
    return read.data.data ?? {};
  };
}
