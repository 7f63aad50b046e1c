// Whether this pod is of the StatefulSet's newest revision: only those run release steps, so that an old pod that
// restarts in the middle of a roll does not undo it.
import type { Plan } from "../../contract/plan.ts";
import { anyNumber, object, optional, readShape, text } from "../../contract/shape.ts";
import { describeRefusal, mayPass } from "../cells/refusal.ts";
import type { AskApi } from "../ports.ts";

export type RevisionCheck =
  | { is: "newest" }
  | { is: "older"; newest: string }
  /** the controller has not looked at the set's last change yet, or the API server gave no answer: ask again */
  | { is: "unclear"; why: string }
  | { is: "failed"; why: string };

const statefulSet = object({
  metadata: object({ generation: optional(anyNumber()) }),
  status: optional(object({ observedGeneration: optional(anyNumber()), updateRevision: optional(text()) })),
});

export async function checkRevision({ identity, revision }: Plan, askApi: AskApi): Promise<RevisionCheck> {
  // no controller's label on the pod: a stand-in made it, and there is one revision only
  if (revision === null) return { is: "newest" };
  const { namespace, workload } = identity;
  const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${workload}`;
  const answer = await askApi({ method: "GET", path });
  if ("none" in answer) return { is: "unclear", why: answer.none };
  if (answer.status !== 200) {
    const why = describeRefusal(answer);
    return mayPass(answer.status) ? { is: "unclear", why } : { is: "failed", why };
  }
  const read = readShape(statefulSet, answer.body);
  if ("fault" in read) return { is: "failed", why: "the API server's answer is not a StatefulSet" };
  const { metadata, status } = read.value;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0) || !status?.updateRevision) {
    return { is: "unclear", why: "the StatefulSet's controller has not seen its last change yet" };
  }
  return status.updateRevision === revision
    ? { is: "newest" }
    : { is: "older", newest: status.updateRevision };
}
