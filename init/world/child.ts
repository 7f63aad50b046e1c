// Runs a command as a child process in its own process group. On a timeout or abort it gets SIGINT, then SIGKILL. When
// the runner stops the signal is forwarded, and the runner waits for the command.
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { describeFileError, formatArgv } from "../engine/failure.ts";
import type { ChildEnd, ChildRequest, RunChild } from "../engine/ports.ts";

/** The time between SIGINT and SIGKILL. */
export const FORCE_AFTER_MS = 5_000;

export interface ChildWorld {
  env: Readonly<Record<string, string | undefined>>;
  stop: AbortSignal;
  forceAfterMs?: number;
}

export function createChildRunner(world: ChildWorld): RunChild {
  return (request) =>
    new Promise((resolve) => {
      if (world.stop.aborted || request.abort?.aborted === true) return resolve({ is: "stopped" });
      const [program = "", ...args] = request.argv;
      let child: ChildProcess;
      try {
        child = spawn(program, args, {
          env: { ...world.env, ...request.env },
          stdio: ["ignore", "pipe", "pipe"],
          // its own group, so a signal reaches the command's children as well
          detached: true,
        });
      } catch (error) {
        // spawn throws, for example, for a NUL byte in an argument
        return resolve({ is: "not-started", why: describeFileError(error) });
      }
      follow(child, request, world, resolve);
    });
}

function follow(
  child: ChildProcess,
  request: ChildRequest,
  world: ChildWorld,
  resolve: (end: ChildEnd) => void,
): void {
  // the first cause is reported
  let ending: "timeout" | "stop" | null = null;
  let forced = false;
  let forceTimer: NodeJS.Timeout | undefined;
  if (child.stdout) streamLines(child.stdout, request.onLine);
  if (child.stderr) streamLines(child.stderr, request.onLine);

  const defaultForceAfterMs = world.forceAfterMs ?? FORCE_AFTER_MS;
  const forceIn = (milliseconds: number): void => {
    clearTimeout(forceTimer);
    forceTimer = setTimeout(() => {
      forced = true;
      signalGroup(child, "SIGKILL");
    }, milliseconds);
  };
  const endNow = (cause: "timeout" | "stop"): void => {
    ending ??= cause;
    if (forceTimer !== undefined) return;
    signalGroup(child, "SIGINT");
    forceIn(request.forceAfterMs ?? defaultForceAfterMs);
  };
  const limit = setTimeout(() => endNow("timeout"), request.timeoutSeconds * 1000);
  const onAbort = (): void => endNow("stop");
  request.abort?.addEventListener("abort", onAbort, { once: true });
  const onForceKill = (): void => {
    endNow("stop");
    forceIn(defaultForceAfterMs);
  };
  request.forceKill?.addEventListener("abort", onForceKill, { once: true });
  // no timer: after SIGTERM the kubelet kills everything once terminationGracePeriodSeconds have passed
  const onStop = (): void => {
    ending ??= "stop";
    signalGroup(child, "SIGTERM");
  };
  world.stop.addEventListener("abort", onStop, { once: true });

  const settle = (end: ChildEnd): void => {
    clearTimeout(limit);
    clearTimeout(forceTimer);
    request.abort?.removeEventListener("abort", onAbort);
    request.forceKill?.removeEventListener("abort", onForceKill);
    world.stop.removeEventListener("abort", onStop);
    resolve(end);
  };
  child.once("error", (error) => {
    if (child.pid === undefined) settle({ is: "not-started", why: describeFileError(error) });
  });
  child.once("exit", (code, signal) => {
    // processes left in the group would keep the pipes open, and run beside the next step
    signalGroup(child, "SIGKILL");
    void waitForOutput(child).then(() => settle(toChildEnd({ code, signal, ending, forced })));
  });
}

function toChildEnd(exit: {
  code: number | null;
  signal: NodeJS.Signals | null;
  ending: "timeout" | "stop" | null;
  forced: boolean;
}): ChildEnd {
  if (exit.ending === "timeout") return { is: "timed-out", forced: exit.forced };
  if (exit.ending === "stop") return { is: "stopped" };
  if (exit.signal !== null) return { is: "signaled", signal: exit.signal };
  return { is: "exited", code: exit.code ?? 1 };
}

/** Waits at most a second for the end of the output: a grandchild outside of the group may hold a pipe open forever. */
async function waitForOutput(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const closed = Promise.all(
    streams.map((stream) => (stream.closed ? undefined : new Promise((done) => stream.once("close", done)))),
  );
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((done) => {
    timer = setTimeout(done, 1_000);
  });
  await Promise.race([closed, patience]);
  clearTimeout(timer);
  for (const stream of streams) stream.destroy();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the group has already ended
  }
}

/** Longer lines are split into pieces of this many characters. */
const LONGEST_LINE = 4096;

/** Calls `onLine` for each line of a stream, including a last one without a newline. */
export function streamLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): void => {
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(escapeControls(line));
    while (rest.length > LONGEST_LINE) {
      onLine(escapeControls(rest.slice(0, LONGEST_LINE)));
      rest = rest.slice(LONGEST_LINE);
    }
  };
  stream.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
  stream.on("close", () => {
    take(decoder.end());
    if (rest !== "") onLine(escapeControls(rest));
    rest = "";
  });
  // the writer has closed the pipe; lines read so far are kept
  stream.on("error", () => undefined);
}

/** Escapes control characters other than tab as \xNN. */
export function escapeControls(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

const PROGRESS_INTERVAL_MS = 60_000;

/** Adds a progress line every minute. */
export function withProgress(
  runChild: RunChild,
  log: (line: string) => void,
  everyMs = PROGRESS_INTERVAL_MS,
): RunChild {
  return async (request) => {
    let passed = 0;
    const timer = setInterval(() => {
      passed += everyMs / 1000;
      log(
        `${formatArgv(request.argv)} is still running after ${passed} s (limit ${request.timeoutSeconds} s)`,
      );
    }, everyMs);
    try {
      return await runChild(request);
    } finally {
      clearInterval(timer);
    }
  };
}
