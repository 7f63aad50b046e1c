// Signals to processes that may end by themselves meanwhile.

/** @param pid as process.kill takes it: negative for a group @returns false where there is no such process any more */
export function signalIfThere(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    return false;
  }
}
