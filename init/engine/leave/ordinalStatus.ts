// Whether this pod's ordinal is removed for good. Only the StatefulSet's current spec counts. A missing answer, a
// missing permission or a namespace that is being deleted is not a scale-down, and a restart is not a leave.
import { META, ORDINAL_FIELDS } from "../../contract/apiObjects.ts";
import type { Plan } from "../../contract/plan.ts";
import { nullish, object, optional, readShape, type Shape, text } from "../../contract/shape.ts";
import { describeRefusal, isTransientStatus } from "../cells/refusal.ts";
import type { AskApi } from "../ports.ts";

/** The ordinals of a StatefulSet. */
export interface WantedOrdinals {
  start: number;
  replicas: number;
}

export type OrdinalStatus =
  | { isRemoved: true; wanted: WantedOrdinals }
  /**
   * isRestart: the pod will be recreated; isKnown: the API server confirmed it; isTransient: a retry may give an answer;
   * wanted null: the StatefulSet has no ordinals now, or they are unknown
   */
  | {
      isRemoved: false;
      why: string;
      isRestart: boolean;
      isKnown: boolean;
      isTransient: boolean;
      wanted: WantedOrdinals | null;
    };

const statefulSet = object({
  metadata: object({ deletionTimestamp: nullish(META.deletionTimestamp) }),
  spec: object(ORDINAL_FIELDS),
});

const namespaceShape = object({ status: optional(object({ phase: optional(text()) })) });

export async function checkOrdinal(plan: Plan, askApi: AskApi): Promise<OrdinalStatus> {
  const wanted = await readWantedOrdinals(plan, askApi);
  if ("why" in wanted) return { isRemoved: false, isRestart: false, ...wanted, wanted: null };
  const { start, replicas } = wanted;
  if (isOrdinalWanted(wanted, plan.ordinal)) {
    const why = `ordinal ${plan.ordinal} stays: the StatefulSet has ordinals ${start} to ${start + replicas - 1}`;
    return { isRemoved: false, why, isRestart: true, isKnown: true, isTransient: false, wanted };
  }
  return { isRemoved: true, wanted };
}

export const isOrdinalWanted = ({ start, replicas }: WantedOrdinals, ordinal: number): boolean =>
  ordinal >= start && ordinal < start + replicas;

/** Why no ordinals are known; isKnown false: the API server could not be queried; isTransient: because of an outage. */
interface NoneWanted {
  why: string;
  isKnown: boolean;
  isTransient: boolean;
}

/** The StatefulSet's current ordinals; or why there are none: it is being deleted, stopped, or could not be read. */
export async function readWantedOrdinals(
  { identity }: Plan,
  askApi: AskApi,
): Promise<WantedOrdinals | NoneWanted> {
  const { namespace, workload } = identity;
  const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${workload}`;
  const set = await getObject("StatefulSet", path, statefulSet, askApi);
  if ("why" in set) return { ...set, isKnown: false };
  const { spec, metadata } = set.object;
  const wanted = { start: spec.ordinals?.start ?? 0, replicas: spec.replicas ?? 1 };
  if (metadata.deletionTimestamp) return noneWanted("the StatefulSet itself is being deleted");
  if (wanted.replicas === 0) return noneWanted("all pods are stopped (replicas 0)");
  const home = await getObject("namespace", `/api/v1/namespaces/${namespace}`, namespaceShape, askApi);
  if ("why" in home) return { ...home, isKnown: false };
  if (home.object.status?.phase === "Terminating") return noneWanted("the namespace is being deleted");
  return wanted;
}

const noneWanted = (why: string): NoneWanted => ({ why, isKnown: true, isTransient: false });

async function getObject<T>(
  what: string,
  path: string,
  shape: Shape<T>,
  askApi: AskApi,
): Promise<{ object: T } | { why: string; isTransient: boolean }> {
  const answer = await askApi({ method: "GET", path });
  if ("none" in answer) {
    return { why: `cannot read the ${what}: ${answer.none}`, isTransient: answer.lasting !== true };
  }
  if (answer.status !== 200) {
    const isTransient = isTransientStatus(answer.status);
    return { why: `cannot read the ${what}: ${describeRefusal(answer)}`, isTransient };
  }
  const read = readShape(shape, answer.body);
  return "value" in read
    ? { object: read.value }
    : { why: `the API server's answer is not a ${what}`, isTransient: false };
}
