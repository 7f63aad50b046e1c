// The runner as a process with a small heap, so that excessive memory use ends it and not this machine.
import { type ChildProcess, spawn } from "node:child_process";
import type { Plan } from "../../init/contract/plan.ts";
import { RUNNER } from "../programs.ts";

const HEAP_MIB = 128;

/** The plan of a pod with one step that does nothing. @param where its markers are */
export const planWith = (where: Pick<Plan, "markers" | "s3">): Plan => ({
  schema: 1,
  identity: {
    namespace: "demo",
    workload: "web",
    pod: "web-1",
    nodeId: "2",
    kind: "generic",
    profile: "demo",
  },
  ordinal: 1,
  release: "image:1",
  revision: null,
  ...where,
  lock: { store: "lease", seconds: 30 },
  api: null,
  drop: "allow",
  leave: null,
  steps: [{ name: "a", scope: "pod", run: ["true"], verify: ["true"], timeoutSeconds: 20, retries: 0 }],
});

export interface RunnerCommandEnd {
  /** null: ended by a signal */
  code: number | null;
  signal: string | null;
  output: string;
  milliseconds: number;
}

export interface StartedRunner {
  child: ChildProcess;
  ended: Promise<RunnerCommandEnd>;
}

/** Starts a command of the runner, and kills it after `limitMs`. */
export function startRunnerCommand(
  plan: Plan,
  words: readonly string[],
  { env = {}, limitMs = 15_000 }: { env?: Readonly<Record<string, string>>; limitMs?: number } = {},
): StartedRunner {
  const began = performance.now();
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, RUNNER, ...words], {
    env: {
      PATH: process.env["PATH"] ?? "",
      ...env,
      ROLLCALL_PLAN: JSON.stringify(plan),
      ROLLCALL_POD_UID: "uid-1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<RunnerCommandEnd>((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, output, milliseconds: performance.now() - began });
    });
  });
  return { child, ended };
}
