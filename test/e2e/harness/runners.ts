// Finds the runners of pods as processes of this machine, if the node is a container on it. A container's first process
// can only be stopped or killed silently from outside.
import { POD_UID_ENV } from "../../../init/contract/places.ts";
import { findByEnv } from "../../leftovers.ts";
import { trySignal } from "../../signal.ts";

/** Whether the node's processes are visible here. */
export async function seesPods(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return (await findByEnv("KUBERNETES_SERVICE_HOST=")).length > 0;
}

/** Sends a signal to all runners of a pod and their child processes. @returns the number of processes */
export async function signalRunnersOf(uid: string, signal: NodeJS.Signals): Promise<number> {
  const found = await findByEnv(`${POD_UID_ENV}=${uid}`);
  for (const pid of found) trySignal(pid, signal);
  return found.length;
}
