// The runner as a container has it: its launcher is process 1 of a process namespace, so that whoever kills it kills its
// children, too, while whoever stops Node.js (SIGSTOP) stops it alone.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

export interface RunnerEnd {
  /** null: it was killed */
  code: number | null;
  log: string;
  seconds: number;
}

/** Process 1, or the Node.js that the launcher has started; without a launcher they are the same. */
export type Target = "first" | "node";

export interface RunnerProcess {
  /** false where it has ended already, or has not been started yet */
  signal(name: "SIGKILL" | "SIGSTOP" | "SIGCONT", target: Target): Promise<boolean>;
  ended: Promise<RunnerEnd>;
}

/** How the runner is started, without its command. */
export interface Start {
  argv: readonly string[];
  hasLauncher: boolean;
}

/** @param env all that the container has */
export async function startRunner(
  { argv, hasLauncher }: Start,
  env: Readonly<Record<string, string>>,
): Promise<RunnerProcess> {
  const began = performance.now();
  const child = spawn(
    "unshare",
    ["--pid", "--fork", "--kill-child", ...argv, "run", "--termination-log", "/dev/null"],
    { env: { PATH: process.env["PATH"] ?? "", ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  let isOver = false;
  let wasKilled = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  // a test that fails leaves nothing behind: unshare takes its child with it
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const ended = new Promise<RunnerEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      isOver = true;
      process.removeListener("exit", endWithUs);
      // unshare ends as its child did: by the signal, with 128 and its number, or with this complaint (util-linux 2.38)
      const isKilled =
        signal !== null ||
        code === 137 ||
        // the launcher says by 1 that Node.js has not begun
        (wasKilled && code !== 0) ||
        log.includes("unshare: sigprocmask unblock failed");
      resolve({ code: isKilled ? null : code, log, seconds: (performance.now() - began) / 1000 });
    });
  });
  const pid = await firstChildOf(child.pid ?? 0, () => isOver);
  return {
    signal: async (name, target) => {
      if (isOver || pid === null) return false;
      const isOfNode = target === "node" && hasLauncher;
      const meant = isOfNode ? await childOf(pid) : pid;
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

/** The pid, as we see it, of the process that unshare has started; null where all was over before. */
async function firstChildOf(parent: number, isOver: () => boolean): Promise<number | null> {
  while (!isOver()) {
    const child = await childOf(parent);
    if (child !== null) return child;
    await pause(1);
  }
  return null;
}

async function childOf(parent: number): Promise<number | null> {
  const text = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8").catch(() => "");
  const [first] = text.trim().split(" ");
  return first === undefined || first === "" ? null : Number(first);
}
