// Signals: to processes that may end by themselves meanwhile, and to this one.

/** @param pid as process.kill takes it: negative for a group @returns false where there is no such process any more */
export function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    return false;
  }
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** @returns a signal that is aborted by the first SIGINT, SIGTERM or SIGHUP, which then does not end this process */
export function abortOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of STOP_SIGNALS) process.on(name, () => stop.abort(name));
  return stop.signal;
}
