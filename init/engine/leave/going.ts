// Whether this pod's ordinal is going for good: only what its StatefulSet says now counts, and no answer, a missing
// right or a namespace on its way out is no scale-down (DESIGN: scaleDown managed). A restart is not a leave.
import * as z from "zod";
import type { Plan } from "../../contract/plan.ts";
import { whyRefused } from "../cells/refusal.ts";
import type { AskApi } from "../ports.ts";

/** wanted: the ordinals that the StatefulSet wants, of which this pod's is none */
export type Going =
  | { going: true; wanted: { start: number; replicas: number } }
  | { going: false; why: string };

const statefulSet = z.looseObject({
  metadata: z.looseObject({ deletionTimestamp: z.string().nullish() }),
  spec: z.looseObject({
    replicas: z.number().int().nullish(),
    ordinals: z.looseObject({ start: z.number().int().nullish() }).nullish(),
  }),
});

const namespaceShape = z.looseObject({ status: z.looseObject({ phase: z.string().optional() }).optional() });

export async function isGoing({ identity, ordinal }: Plan, askApi: AskApi): Promise<Going> {
  const { namespace, workload } = identity;
  const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${workload}`;
  const set = await askFor("StatefulSet", path, statefulSet, askApi);
  if ("why" in set) return stays(set.why);
  const { spec } = set.object;
  const wanted = { start: spec.ordinals?.start ?? 0, replicas: spec.replicas ?? 1 };
  const why = whyItStays(set.object, wanted, ordinal);
  if (why !== null) return stays(why);
  const home = await askFor("namespace", `/api/v1/namespaces/${namespace}`, namespaceShape, askApi);
  if ("why" in home) return stays(home.why);
  if (home.object.status?.phase === "Terminating") return stays("the namespace is being deleted");
  return { going: true, wanted };
}

const stays = (why: string): Going => ({ going: false, why });

function whyItStays(
  { metadata }: z.infer<typeof statefulSet>,
  { start, replicas }: { start: number; replicas: number },
  ordinal: number,
): string | null {
  if (metadata.deletionTimestamp) return "the StatefulSet itself is being deleted";
  if (replicas === 0) return "all pods are stopped (replicas 0), nobody is left behind";
  const isWanted = ordinal >= start && ordinal < start + replicas;
  return isWanted
    ? `ordinal ${ordinal} stays: the StatefulSet wants ${start} to ${start + replicas - 1}`
    : null;
}

async function askFor<T>(
  what: string,
  path: string,
  shape: z.ZodType<T>,
  askApi: AskApi,
): Promise<{ object: T } | { why: string }> {
  const answer = await askApi({ method: "GET", path });
  if ("none" in answer) return { why: `the ${what} could not be asked: ${answer.none}` };
  if (answer.status !== 200) return { why: `the ${what} could not be asked: ${whyRefused(answer)}` };
  const read = shape.safeParse(answer.body);
  return read.success ? { object: read.data } : { why: `the API server's answer is not a ${what}` };
}
