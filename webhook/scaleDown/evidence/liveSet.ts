// A StatefulSet as the API server has it now: what a review says of one is believed for the answer to that review alone,
// and whatever is written or told elsewhere is confirmed by this first.
import { type SetState, stateOf } from "../setState.ts";
import type { Asks } from "./kubeApi.ts";

/**
 * Reads the live StatefulSet that a review is about.
 * @param said the StatefulSet of the review
 * @throws Error where there is none, it is another one of that name (another uid), or it cannot be read
 */
export async function readLiveSet(asks: Asks, said: SetState, deadline: AbortSignal): Promise<SetState> {
  const { namespace, name } = said;
  const found = await asks.statefulSet({ namespace, name }, deadline);
  if (found === null) throw new Error(`there is no StatefulSet ${namespace}/${name}`);
  const read = stateOf(found, namespace);
  if ("wrong" in read) throw new Error(`StatefulSet ${namespace}/${name} cannot be read: ${read.wrong}`);
  const { uid } = read.state.set.metadata;
  if (uid === undefined || uid !== said.set.metadata.uid || read.state.name !== name)
    throw new Error(`StatefulSet ${namespace}/${name} is another one by now (its uid differs)`);
  return read.state;
}
