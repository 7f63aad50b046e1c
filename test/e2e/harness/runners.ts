// The runners of pods as processes of this machine, which they are where the node is a container of it: only from outside
// can a container's first process be stopped or killed without a word.
import { POD_UID_ENV } from "../../../init/contract/places.ts";
import { findByEnv } from "../../leftovers.ts";
import { trySignal } from "../../signal.ts";

/** Whether the node's processes can be seen and killed from here. */
export async function seesPods(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return (await findByEnv("KUBERNETES_SERVICE_HOST=")).length > 0;
}

/** Sends a signal to all runners of a pod, and to what they have started. @returns how many processes it were */
export async function signalRunnersOf(uid: string, signal: NodeJS.Signals): Promise<number> {
  const found = await findByEnv(`${POD_UID_ENV}=${uid}`);
  for (const pid of found) trySignal(pid, signal);
  return found.length;
}
