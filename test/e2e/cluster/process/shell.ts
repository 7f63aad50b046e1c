// Runs programs: each in its own process group, noted in a folder, and ended when the caller's signal is aborted. All
// external programs (of the image build, the engine, kind, Go) run through this class.
import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { ClusterError, InterruptedError } from "../failure.ts";
import { endGroup, forgetChild, noteChild } from "./children.ts";
import { identify } from "./identity.ts";

/** How a program ended. `code` is 127 if it could not be started, 128 + n if signal n ended it. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Added to the environment of this process; undefined removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Milliseconds until the group is ended and the code is 124. @default none */
  readonly timeoutMs?: number;
  /** Run at low priority, so that a build does not slow down other work. @default false */
  readonly nice?: boolean;
}

export class Shell {
  readonly #children: string;
  readonly #signal: AbortSignal;

  /** @param children folder of the notes about running children (children.ts) */
  constructor(children: string, signal: AbortSignal) {
    this.#children = children;
    this.#signal = signal;
  }

  /** Runs a program to its end. Throws `Interrupted` only; any exit code is an outcome. */
  async run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const what = [program, ...args].join(" ");
    if (this.#signal.aborted) throw new InterruptedError(what);
    const child = spawn(program, args, {
      detached: true, // its own process group, so that its children end with it
      // Firewall programs and chroot are in these folders, which may be missing on PATH.
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const outcome = collect(child);
    if (child.pid === undefined) return outcome;
    if (options.nice === true) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    const { pid } = child;
    const noted = noteChild(this.#children, pid);
    const stopped = this.#stopOnSignal(pid, options.timeoutMs);
    try {
      const result = await outcome;
      if (this.#signal.aborted) throw new InterruptedError(what);
      return stopped.timedOut() ? { ...result, code: 124 } : result;
    } finally {
      await noted;
      await stopped.done();
      await forgetChild(this.#children, pid);
    }
  }

  /** Runs a program that must succeed, and returns what it printed on stdout. */
  async must(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const outcome = await this.run(program, args, options);
    if (outcome.code === 0) return outcome.stdout;
    throw new ClusterError(describeCommandFailure(program, args, outcome));
  }

  #stopOnSignal(pid: number, timeoutMs: number | undefined) {
    let ending: Promise<void> | null = null;
    let timedOut = false;
    const end = (): void => {
      ending ??= identify(pid).then((leader) => (leader === null ? undefined : endGroup(leader)));
    };
    const timer = setTimeout(
      () => {
        timedOut = true;
        end();
      },
      timeoutMs ?? 2 ** 31 - 1,
    );
    this.#signal.addEventListener("abort", end, { once: true });
    return {
      timedOut: () => timedOut,
      done: async (): Promise<void> => {
        clearTimeout(timer);
        this.#signal.removeEventListener("abort", end);
        await ending;
      },
    };
  }
}

/** The failure in one line: the command, its exit code, and its last meaningful line. */
export function describeCommandFailure(program: string, args: readonly string[], outcome: Outcome): string {
  const name = program.slice(program.lastIndexOf("/") + 1);
  const said = `${outcome.stderr}\n${outcome.stdout}`.split("\n").map((line) => line.trim());
  const reason = said.filter((line) => /error|fail|denied|cannot|unable|no such/i.test(line)).at(-1);
  const tail = reason ?? said.filter((line) => line !== "").at(-1) ?? "it printed nothing";
  return `\`${name} ${args.join(" ").slice(0, 160)}\` ended with ${outcome.code}: ${tail.slice(0, 400)}`;
}

function collect(child: ChildProcess): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.on("error", (error) => resolve({ code: 127, stdout, stderr: `${stderr}${error.message}` }));
  child.on("close", (code, signal) => {
    resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), stdout, stderr });
  });
  return promise;
}
