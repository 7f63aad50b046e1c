// Whether this pod has the StatefulSet's newest revision. Only such pods run release steps, so an old pod that restarts
// during a rollout does not undo it.
import type { Plan } from "../../contract/plan.ts";
import { anyNumber, object, optional, readShape, text } from "../../contract/shape.ts";
import { describeRefusal, isTransientStatus } from "../cells/refusal.ts";
import type { AskApi } from "../ports.ts";

export type RevisionCheck =
  | { is: "newest" }
  | { is: "older"; newest: string }
  /** the controller has not observed the StatefulSet's last change, or the API server did not answer: retry */
  | { is: "unclear"; why: string }
  | { is: "failed"; why: string };

const statefulSet = object({
  metadata: object({ generation: optional(anyNumber()) }),
  status: optional(object({ observedGeneration: optional(anyNumber()), updateRevision: optional(text()) })),
});

export async function checkRevision({ identity, revision }: Plan, askApi: AskApi): Promise<RevisionCheck> {
  // without the controller's label the pod was created by a test or by hand, and there is only one revision
  if (revision === null) return { is: "newest" };
  const { namespace, workload } = identity;
  const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${workload}`;
  const answer = await askApi({ method: "GET", path });
  if ("none" in answer) return { is: "unclear", why: answer.none };
  if (answer.status !== 200) {
    const why = describeRefusal(answer);
    return isTransientStatus(answer.status) ? { is: "unclear", why } : { is: "failed", why };
  }
  const read = readShape(statefulSet, answer.body);
  if ("fault" in read) return { is: "failed", why: "the API server's answer is not a StatefulSet" };
  const { metadata, status } = read.value;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0) || !status?.updateRevision) {
    return { is: "unclear", why: "the controller has not observed the StatefulSet's last change yet" };
  }
  return status.updateRevision === revision
    ? { is: "newest" }
    : { is: "older", newest: status.updateRevision };
}
