// Runs the real runner as a process on a real folder, as a pod's init container would.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Identity, Plan, PlanStep } from "../../init/contract/plan.ts";
import { RUNNER } from "../programs.ts";

export interface ProgramEnd {
  code: number | null;
  signal: string | null;
  log: string;
  /** the termination message */
  message: string;
}

export interface Rig {
  /** the volume's root */
  volume: string;
  marker: string;
  start(plan: unknown, env?: Record<string, string>, user?: { uid: number; gid: number }): RunningProgram;
  run(plan: unknown, env?: Record<string, string>): Promise<ProgramEnd>;
  /** another command of the runner, e.g. leave */
  command(words: readonly string[], plan: Plan, env: Record<string, string>): Promise<ProgramEnd>;
  /** `status` as a process */
  status(plan: unknown, ...words: readonly string[]): { code: number | null; stdout: string; stderr: string };
  readMarker(): Promise<Record<string, unknown>>;
  remove(): Promise<void>;
}

export interface RunningProgram {
  child: ChildProcess;
  /** resolves when the log contains the text */
  logs(text: string): Promise<void>;
  ended: Promise<ProgramEnd>;
}

export async function makeRig(): Promise<Rig> {
  const home = await mkdtemp(join(tmpdir(), "rollcall-test-"));
  const volume = join(home, "volume");
  await mkdir(volume);
  const last = join(home, "termination-log");
  const rig: Rig = {
    volume,
    marker: join(volume, ".rollcall", "web-1.json"),
    start: (plan, env = {}, user) => {
      const text = typeof plan === "string" ? plan : JSON.stringify(plan);
      const child = spawn(process.execPath, [RUNNER, "run", "--termination-log", last], {
        env: { PATH: process.env["PATH"] ?? "", ...env, ROLLCALL_PLAN: text, ROLLCALL_POD_UID: "uid-1" },
        stdio: ["ignore", "pipe", "pipe"],
        ...(user ?? {}),
      });
      return follow(child, last);
    },
    run: async (plan, env) => {
      await rm(last, { force: true });
      return rig.start(plan, env).ended;
    },
    command: (words, plan, env) => {
      const child = spawn(process.execPath, [RUNNER, ...words], {
        env: {
          PATH: process.env["PATH"] ?? "",
          ...env,
          ROLLCALL_PLAN: JSON.stringify(plan),
          ROLLCALL_POD_UID: "uid-1",
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      return follow(child, last).ended;
    },
    status: (plan, ...words) => {
      const env = { PATH: process.env["PATH"] ?? "", ROLLCALL_PLAN: JSON.stringify(plan) };
      const ended = spawnSync(process.execPath, [RUNNER, "status", ...words], { env, encoding: "utf8" });
      return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
    },
    readMarker: async () => JSON.parse(await readFile(rig.marker, "utf8")) as Record<string, unknown>,
    remove: () => rm(home, { recursive: true, force: true }),
  };
  return rig;
}

function follow(child: ChildProcess, last: string): RunningProgram {
  let log = "";
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    log += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once("close", (code, signal) => {
      void readFile(last, "utf8")
        .catch(() => "")
        .then((message) => resolve({ code, signal, log, message }));
    });
  });
  const logs = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!log.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      void ended.then(() => reject(new Error(`it ended without saying ${JSON.stringify(text)}:\n${log}`)));
      look();
    });
  return { child, logs, ended };
}

export const IDENTITY: Identity = {
  namespace: "demo",
  workload: "web",
  pod: "web-1",
  nodeId: "2",
  kind: "generic",
  profile: "demo",
};

/** A plan with these steps on a rig's volume; `changes` replace its fields. */
export function planOn(rig: Rig, steps: readonly Partial<PlanStep>[], changes: Partial<Plan> = {}): Plan {
  return {
    schema: 1,
    identity: IDENTITY,
    ordinal: 1,
    release: "image:1",
    revision: null,
    markers: { store: "pvc", root: rig.volume, path: ".rollcall" },
    s3: null,
    lock: { store: "lease", seconds: 30 },
    api: null,
    drop: "allow",
    leave: null,
    steps: steps.map((step, index) => ({
      name: `step-${index}`,
      scope: "pod",
      run: ["true"],
      verify: ["true"],
      timeoutSeconds: 20,
      retries: 0,
      ...step,
    })),
    ...changes,
  };
}

/** A command of shell script; paths are passed as arguments and never inserted into the script. */
export const buildShellCommand = (script: string, ...words: readonly string[]): string[] => [
  "sh",
  "-c",
  script,
  "sh",
  ...words,
];
