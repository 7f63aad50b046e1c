// Reads the StatefulSet as the API server has it now. The object in a review is trusted for the answer to that review
// alone; whatever is recorded or reported elsewhere is confirmed by the live one first.
import { type SetState, stateOf } from "../setState.ts";
import type { Asks } from "./kubeApi.ts";

/**
 * Reads the live StatefulSet that a review is about.
 * @param said the StatefulSet of the review
 * @throws Error if it does not exist, has another uid, or cannot be read
 */
export async function readLiveSet(asks: Asks, said: SetState, deadline: AbortSignal): Promise<SetState> {
  const { namespace, name } = said;
  const found = await asks.statefulSet({ namespace, name }, deadline);
  if (found === null) throw new Error(`StatefulSet ${namespace}/${name} does not exist`);
  const read = stateOf(found, namespace);
  if ("wrong" in read) throw new Error(`StatefulSet ${namespace}/${name} cannot be read: ${read.wrong}`);
  const { uid } = read.state.set.metadata;
  if (uid === undefined || uid !== said.set.metadata.uid || read.state.name !== name)
    throw new Error(`StatefulSet ${namespace}/${name} was recreated meanwhile (its uid differs)`);
  return read.state;
}
