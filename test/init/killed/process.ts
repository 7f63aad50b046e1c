// Runs the runner as in a container: its launcher is process 1 of a PID namespace, so killing it kills its children,
// while stopping Node.js (SIGSTOP) stops only that.
import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { makeRunnerFolder } from "../../../build/images/makeRunnerFolder.ts";
import { BuildProblem } from "../../../build/images/problem.ts";
import { buildRunnerCommand } from "../../../init/contract/places.ts";
import { bundleRunner } from "../bundleRunner.ts";
import { makeClockLate } from "./lateClock.ts";

export interface KilledRunnerEnd {
  /** null: it was killed */
  code: number | null;
  log: string;
  seconds: number;
}

/** Process 1, or the Node.js that the launcher has started; without a launcher they are the same. */
export type KillTarget = "first" | "node";

export interface RunnerProcess {
  /**
   * Sends a signal. One that stops the runner is sent when process 1 can handle it.
   * @param name or the number, for real-time signals
   * @returns false if the process has ended, or was not started yet
   */
  signal(name: NodeJS.Signals | number, target: KillTarget): Promise<boolean>;
  ended: Promise<KilledRunnerEnd>;
}

/** How the runner is started, without its command. */
export interface StartOptions {
  argv: readonly string[];
  hasLauncher: boolean;
}

/** With the launcher, as in pods, if this machine can compile it. */
export async function makeStart(folder: string): Promise<StartOptions> {
  const bundle = await bundleRunner(join(folder, "bundle"));
  try {
    const to = join(folder, "runner");
    await mkdir(to);
    const runner = await makeRunnerFolder({ bundle, to });
    await makeClockLate(runner);
    return { argv: buildRunnerCommand(runner), hasLauncher: true };
  } catch (error) {
    if (!(error instanceof BuildProblem) || process.env["ROLLCALL_STRICT"] === "1") throw error;
    console.log(`SKIPPED: the launcher, so the runner is started without it: ${error.message}`);
    await makeClockLate(dirname(bundle));
    return { argv: [process.execPath, bundle], hasLauncher: false };
  }
}

/**
 * @param env the whole environment of the container
 * @param isProcess1 false: no PID namespace, so processes that it leaves behind are not killed with it
 */
export async function startKillableRunner(
  { argv, hasLauncher }: StartOptions,
  env: Readonly<Record<string, string>>,
  { isProcess1 = true } = {},
): Promise<RunnerProcess> {
  const began = performance.now();
  const asProcess1 = isProcess1 ? ["unshare", "--pid", "--fork", "--kill-child"] : [];
  const [program = "", ...words] = [...asProcess1, ...argv, "run", "--termination-log", "/dev/null"];
  const child = spawn(program, words, {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  let isOver = false;
  let wasKilled = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  // a failing test leaves nothing behind: unshare ends its child
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const ended = new Promise<KilledRunnerEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      isOver = true;
      process.removeListener("exit", endWithUs);
      // unshare reports the end of its child: by the same signal, by 128 plus its number, or by this message
      // (util-linux 2.38)
      const isKilled =
        signal !== null ||
        code === 137 ||
        // with exit code 1 the launcher reports that Node.js has not started
        (wasKilled && code !== 0) ||
        log.includes("unshare: sigprocmask unblock failed");
      resolve({ code: isKilled ? null : code, log, seconds: (performance.now() - began) / 1000 });
    });
  });
  const pid = isProcess1 ? await waitForFirstChild(child.pid ?? 0, () => isOver) : (child.pid ?? null);
  return {
    signal: async (name, target) => {
      if (isOver || pid === null) return false;
      const isOfNode = target === "node" && hasLauncher;
      const meant = isOfNode ? await findChild(pid) : pid;
      if (!UNSEEN.includes(name)) await untilHeard(pid, () => isOver || !isProcess1);
      try {
        const isSent = meant !== null && process.kill(meant, name);
        wasKilled ||= isSent && name === "SIGKILL";
        return isSent;
      } catch {
        return false;
      }
    },
    ended,
  };
}

/** The pid, in our namespace, of the process that unshare has started; null if it has ended already. */
async function waitForFirstChild(parent: number, isOver: () => boolean): Promise<number | null> {
  while (!isOver()) {
    const child = await findChild(parent);
    if (child !== null) return child;
    await pause(1);
  }
  return null;
}

/** Signals that a process cannot handle. */
const UNSEEN: readonly (NodeJS.Signals | number)[] = ["SIGKILL", "SIGSTOP", "SIGCONT"];

const SIGTERM = 15;

/** Process 1 of a namespace ignores signals that it does not handle: unshare handles none, and becomes the launcher. */
async function untilHeard(pid: number, isOver: () => boolean): Promise<void> {
  // the launcher waits for signals when none is blocked and its Node.js exists
  while (!isOver() && !(await isBlocking(pid, SIGTERM)) && (await findChild(pid)) === null) await pause(1);
}

async function isBlocking(pid: number, signal: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const [, blocked = "0"] = /^SigBlk:\s*([0-9a-f]+)$/m.exec(text) ?? [];
  return (BigInt(`0x${blocked}`) & (1n << BigInt(signal - 1))) !== 0n;
}

async function findChild(parent: number): Promise<number | null> {
  const text = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8").catch(() => "");
  const [first] = text.trim().split(" ");
  return first === undefined || first === "" ? null : Number(first);
}
