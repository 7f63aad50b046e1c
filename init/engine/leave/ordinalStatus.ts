// Whether this pod's ordinal is going for good: only what its StatefulSet says now counts, and no answer, a missing
// right or a namespace on its way out is no scale-down. A restart is not a leave.
import { META, ORDINAL_FIELDS } from "../../contract/apiObjects.ts";
import type { Plan } from "../../contract/plan.ts";
import { nullish, object, optional, readShape, type Shape, text } from "../../contract/shape.ts";
import { describeRefusal, mayPass } from "../cells/refusal.ts";
import type { AskApi } from "../ports.ts";

/** The ordinals that a StatefulSet wants. */
export interface WantedOrdinals {
  start: number;
  replicas: number;
}

export type OrdinalStatus =
  | { going: true; wanted: WantedOrdinals }
  /** isRestart: the pod will be there again; isKnown: the API server said so; isPassing: it may say it soon */
  | { going: false; why: string; isRestart: boolean; isKnown: boolean; isPassing: boolean };

const statefulSet = object({
  metadata: object({ deletionTimestamp: nullish(META.deletionTimestamp) }),
  spec: object(ORDINAL_FIELDS),
});

const namespaceShape = object({ status: optional(object({ phase: optional(text()) })) });

export async function checkOrdinal(plan: Plan, askApi: AskApi): Promise<OrdinalStatus> {
  const asked = await readWantedOrdinals(plan, askApi);
  if ("why" in asked) return { going: false, isRestart: false, ...asked };
  const { start, replicas } = asked;
  if (isOrdinalWanted(asked, plan.ordinal)) {
    const why = `ordinal ${plan.ordinal} stays: the StatefulSet wants ${start} to ${start + replicas - 1}`;
    return { going: false, why, isRestart: true, isKnown: true, isPassing: false };
  }
  return { going: true, wanted: asked };
}

export const isOrdinalWanted = ({ start, replicas }: WantedOrdinals, ordinal: number): boolean =>
  ordinal >= start && ordinal < start + replicas;

/** Why a StatefulSet wants nobody; isKnown false: it could not be asked; isPassing: by an outage. */
interface NoneWanted {
  why: string;
  isKnown: boolean;
  isPassing: boolean;
}

/** What the StatefulSet wants now; why: it is on its way out itself, stopped, or could not be asked. */
export async function readWantedOrdinals(
  { identity }: Plan,
  askApi: AskApi,
): Promise<WantedOrdinals | NoneWanted> {
  const { namespace, workload } = identity;
  const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${workload}`;
  const set = await askFor("StatefulSet", path, statefulSet, askApi);
  if ("why" in set) return { ...set, isKnown: false };
  const { spec, metadata } = set.object;
  const wanted = { start: spec.ordinals?.start ?? 0, replicas: spec.replicas ?? 1 };
  if (metadata.deletionTimestamp) return noneWanted("the StatefulSet itself is being deleted");
  if (wanted.replicas === 0) return noneWanted("all pods are stopped (replicas 0), nobody is left behind");
  const home = await askFor("namespace", `/api/v1/namespaces/${namespace}`, namespaceShape, askApi);
  if ("why" in home) return { ...home, isKnown: false };
  if (home.object.status?.phase === "Terminating") return noneWanted("the namespace is being deleted");
  return wanted;
}

const noneWanted = (why: string): NoneWanted => ({ why, isKnown: true, isPassing: false });

async function askFor<T>(
  what: string,
  path: string,
  shape: Shape<T>,
  askApi: AskApi,
): Promise<{ object: T } | { why: string; isPassing: boolean }> {
  const answer = await askApi({ method: "GET", path });
  if ("none" in answer) {
    return { why: `the ${what} could not be asked: ${answer.none}`, isPassing: answer.lasting !== true };
  }
  if (answer.status !== 200) {
    const isPassing = mayPass(answer.status);
    return { why: `the ${what} could not be asked: ${describeRefusal(answer)}`, isPassing };
  }
  const read = readShape(shape, answer.body);
  return "value" in read
    ? { object: read.value }
    : { why: `the API server's answer is not a ${what}`, isPassing: false };
}
