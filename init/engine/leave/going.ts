// Whether this pod's ordinal is going for good: only what its StatefulSet says now counts, and no answer, a missing
// right or a namespace on its way out is no scale-down (DESIGN: scaleDown managed). A restart is not a leave.
import * as z from "zod";
import type { Plan } from "../../contract/plan.ts";
import { whyRefused } from "../cells/refusal.ts";
import type { AskApi } from "../ports.ts";

export type Going = { going: true } | { going: false; why: string };

const statefulSet = z.looseObject({
  metadata: z.looseObject({ deletionTimestamp: z.string().nullish() }),
  spec: z.looseObject({
    replicas: z.number().int().nullish(),
    ordinals: z.looseObject({ start: z.number().int().nullish() }).nullish(),
  }),
});

const namespaceShape = z.looseObject({ status: z.looseObject({ phase: z.string().optional() }).optional() });

export async function isGoing({ identity, ordinal }: Plan, askApi: AskApi): Promise<Going> {
  const stays = (why: string): Going => ({ going: false, why });
  const { namespace, workload } = identity;
  const set = await askApi({
    method: "GET",
    path: `/apis/apps/v1/namespaces/${namespace}/statefulsets/${workload}`,
  });
  if ("none" in set) return stays(`the StatefulSet could not be asked: ${set.none}`);
  if (set.status !== 200) return stays(`the StatefulSet could not be asked: ${whyRefused(set)}`);
  const read = statefulSet.safeParse(set.body);
  if (!read.success) return stays("the API server's answer is not a StatefulSet");
  const { metadata, spec } = read.data;
  if (metadata.deletionTimestamp) return stays("the StatefulSet itself is being deleted");
  const replicas = spec.replicas ?? 1;
  const start = spec.ordinals?.start ?? 0;
  if (replicas === 0) return stays("all pods are stopped (replicas 0), nobody is left behind");
  if (ordinal >= start && ordinal < start + replicas) {
    return stays(`ordinal ${ordinal} stays: the StatefulSet wants ${start} to ${start + replicas - 1}`);
  }
  const home = await askApi({ method: "GET", path: `/api/v1/namespaces/${namespace}` });
  if ("none" in home) return stays(`the namespace could not be asked: ${home.none}`);
  if (home.status !== 200) return stays(`the namespace could not be asked: ${whyRefused(home)}`);
  const found = namespaceShape.safeParse(home.body);
  if (!found.success || found.data.status?.phase === "Terminating")
    return stays("the namespace is being deleted");
  return { going: true };
}
