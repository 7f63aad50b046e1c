// A process of a test with its log in a file; it is ended by its id and awaited.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { dirname } from "node:path";

export interface RunningDaemon {
  readonly child: ChildProcess;
  readonly log: string;
  /** exit code, or the signal's name */
  readonly ended: Promise<number | string>;
  /** its output so far */
  printed(): string;
  end(signal?: NodeJS.Signals): Promise<number | string>;
}

export function startProcess(
  argv: readonly string[],
  { log, env, input }: { log: string; env: Readonly<Record<string, string>>; input?: string },
): RunningDaemon {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    // Ozone unpacks native libraries into its working directory
    cwd: dirname(log),
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    detached: true,
  });
  const file = createWriteStream(log, { flags: "a" });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      file.write(chunk);
    });
  }
  child.stdin?.end(input);
  const ended = new Promise<number | string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => {
      file.end();
      resolve(code ?? signal ?? "unknown");
    });
  });
  return {
    child,
    log,
    ended,
    printed: () => printed,
    end: (signal = "SIGTERM") => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}
