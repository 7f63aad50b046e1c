// One command as a child process in a process group of its own: SIGINT, then SIGKILL after its time or when it must
// end at once; a stop of the runner is passed on and waited for.
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { formatArgv } from "../engine/failure.ts";
import type { ChildEnd, ChildRequest, RunChild } from "../engine/ports.ts";
import { describeFileError } from "../engine/reason.ts";

/** How long a command may take over SIGINT before it is killed. */
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
          // a group of its own, so that a signal reaches what the command started, too
          detached: true,
        });
      } catch (error) {
        // spawn throws for a NUL byte in a word and the like
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
  // the first cause is the one that is told
  let ending: "timeout" | "stop" | null = null;
  let forced = false;
  let forceTimer: NodeJS.Timeout | undefined;
  if (child.stdout) streamLines(child.stdout, request.onLine);
  if (child.stderr) streamLines(child.stderr, request.onLine);

  const soon = world.forceAfterMs ?? FORCE_AFTER_MS;
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
    forceIn(request.forceAfterMs ?? soon);
  };
  const limit = setTimeout(() => endNow("timeout"), request.timeoutSeconds * 1000);
  const onAbort = (): void => endNow("stop");
  request.abort?.addEventListener("abort", onAbort, { once: true });
  const onHurry = (): void => {
    endNow("stop");
    forceIn(soon);
  };
  request.hurry?.addEventListener("abort", onHurry, { once: true });
  // after SIGTERM the kubelet waits terminationGracePeriodSeconds and then kills everything: no timer of ours
  const onStop = (): void => {
    ending ??= "stop";
    signalGroup(child, "SIGTERM");
  };
  world.stop.addEventListener("abort", onStop, { once: true });

  const settle = (end: ChildEnd): void => {
    clearTimeout(limit);
    clearTimeout(forceTimer);
    request.abort?.removeEventListener("abort", onAbort);
    request.hurry?.removeEventListener("abort", onHurry);
    world.stop.removeEventListener("abort", onStop);
    resolve(end);
  };
  child.once("error", (error) => {
    if (child.pid === undefined) settle({ is: "not-started", why: describeFileError(error) });
  });
  child.once("exit", (code, signal) => {
    // what the command left in its group would hold the pipes open and run on beside the next step
    signalGroup(child, "SIGKILL");
    void whenDrained(child).then(() => settle(endFrom({ code, signal, ending, forced })));
  });
}

function endFrom(seen: {
  code: number | null;
  signal: NodeJS.Signals | null;
  ending: "timeout" | "stop" | null;
  forced: boolean;
}): ChildEnd {
  if (seen.ending === "timeout") return { is: "timed-out", forced: seen.forced };
  if (seen.ending === "stop") return { is: "stopped" };
  if (seen.signal !== null) return { is: "signaled", signal: seen.signal };
  return { is: "exited", code: seen.code ?? 1 };
}

/** A grandchild that left the group may hold a pipe for ever: its words are waited for a second, no longer. */
async function whenDrained(child: ChildProcess): Promise<void> {
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
    // ESRCH: the group is gone already, which is what was wanted
  }
}

/** Longer lines are cut into pieces of this many characters. */
const LONGEST_LINE = 4096;

/** Calls `onLine` for each line of a stream, also for the last one without a newline. */
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
  // the other end is gone: what was read stays read
  stream.on("error", () => undefined);
}

/** Control characters (but tab) as \xNN. */
export function escapeControls(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

const EVERY_MS = 60_000;

/** The same, with a progress line every minute. */
export function withProgress(runChild: RunChild, log: (line: string) => void, everyMs = EVERY_MS): RunChild {
  return async (request) => {
    let passed = 0;
    const timer = setInterval(() => {
      passed += everyMs / 1000;
      log(
        `${formatArgv(request.argv)} is still running after ${passed} s, it may take ${request.timeoutSeconds} s`,
      );
    }, everyMs);
    try {
      return await runChild(request);
    } finally {
      clearInterval(timer);
    }
  };
}
