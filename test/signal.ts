// Signals to other processes, which may end in the meantime, and to this one.

/** @param pid as for process.kill: negative for a group @returns false if the process does not exist any more */
export function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    return false;
  }
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * @returns a signal that the first SIGINT, SIGTERM or SIGHUP aborts, instead of ending this process; also the end of the
 * reader of its output, as in `npm test | head`
 */
export function abortOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of STOP_SIGNALS) process.on(name, () => stop.abort(name));
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      stop.abort("nobody reads the output");
    });
  return stop.signal;
}
