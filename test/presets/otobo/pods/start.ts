// A pod's init container: the bundled runner with the preset's whole plan, as process 1 of a PID namespace and not as
// root, so that killing it also kills its child processes.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { PLAN_ENV, POD_UID_ENV } from "../../../../init/contract/places.ts";
import type { Plan } from "../../../../init/contract/plan.ts";
import {
  buildOtoboSteps,
  buildReleaseCommand,
  type OtoboWork,
} from "../../../../presets/otobo/contract/steps.ts";
import { giveAccess, readSetRecord } from "../../../../webhook/cli/try/apiAccess.ts";
import { ApiStandIn } from "../../../../webhook/cli/try/apiStandIn.ts";
import { issueSelfSigned } from "../../../../webhook/tls/selfSigned.ts";
import { changeOwner, getProgramPath, UNPRIVILEGED_USER } from "../run.ts";
import type { PodEnvironment, TestedPod } from "./land.ts";

const WORK: OtoboWork = {
  waitSeconds: 4,
  daemon: true,
  migrate: false,
  upgradePackages: false,
  loader: true,
  s3: true,
  userFiles: true,
  configBase: false,
  install: null,
};

/** In seconds: the shortest duration that a busy machine can still renew in time. */
const LOCK_SECONDS = 6;

export interface PodEnd {
  /** null: it was killed */
  code: number | null;
  log: string;
  /** the termination message */
  message: string;
}

export interface StartedPod {
  kill(): void;
  ended: Promise<PodEnd>;
  /** resolves when the log contains the text, rejects if it ends without the text */
  logs(text: string): Promise<void>;
}

export interface Changes {
  env?: Record<string, string>;
  work?: Partial<OtoboWork>;
  /** how often a step is retried @default as in a cluster */
  retries?: number;
  /** where the Secret or ConfigMap with a Config.pm would be mounted */
  configFolder?: string;
  /** size of the home in MiB; it is deleted with the pod */
  homeMiB?: number;
}

interface PlanInput {
  work: OtoboWork;
  token: string;
  retries: number | undefined;
  configFolder?: string | undefined;
}

/** The API server's stand-in with one StatefulSet, and its pods. */
export async function makeSet(land: PodEnvironment) {
  const api = await ApiStandIn.start(await issueSelfSigned(["127.0.0.1"], new Date()));
  api.putStatefulSet("desk", "otobo", {
    metadata: { name: "otobo", generation: 1 },
    spec: { replicas: 3 },
    status: { observedGeneration: 1, updateRevision: "otobo-1" },
  });
  const token = join(land.folder, "token");
  for (const each of [token, getHomePath(land)]) await mkdir(each, { recursive: true });
  const access = await giveAccess(api, token);
  const started = new Set<ChildProcess>();

  const start = async (pod: TestedPod, changes: Changes = {}): Promise<StartedPod> => {
    const last = join(land.folder, `last-words-${pod.ordinal}`);
    await rm(last, { force: true });
    if ("uid" in UNPRIVILEGED_USER) await changeOwner(pod.home, UNPRIVILEGED_USER.uid);
    const work = { ...WORK, ...changes.work };
    const plan = buildPlan(land, pod, {
      work,
      token,
      retries: changes.retries,
      configFolder: changes.configFolder,
    });
    const env = {
      PATH: process.env["PATH"] ?? "",
      ...access,
      ...pod.env,
      ...changes.env,
      STANDIN_HOME: getHomePath(land),
      [PLAN_ENV]: JSON.stringify(plan),
      [POD_UID_ENV]: `uid-${pod.ordinal}-${started.size}`,
    };
    const words = buildRunCommand(land, pod, last, changes.homeMiB);
    const child = spawn("unshare", words, { env, stdio: ["ignore", "pipe", "pipe"] });
    started.add(child);
    return follow(child, last);
  };
  /** The daemon's container of a pod that watches packages: the daemon, and the watcher beside it. */
  const watch = async (pod: TestedPod): Promise<StartedPod> => {
    const home = getHomePath(land);
    const plan = buildPlan(land, pod, { work: WORK, token, retries: undefined });
    const env = {
      PATH: process.env["PATH"] ?? "",
      ...access,
      ...pod.env,
      STANDIN_HOME: home,
      [PLAN_ENV]: JSON.stringify(plan),
      [POD_UID_ENV]: `uid-${pod.ordinal}-watched`,
    };
    const daemon = 'cd "$1" && bin/otobo.Daemon.pl start </dev/null >/dev/null 2>&1; shift; exec "$@"';
    const own = [process.execPath, getProgramPath(), "otobo", "watch", "--home", home, "--next", land.next];
    const words = enterPod(land, pod, ["sh", "-c", daemon, "sh", home, ...own]);
    const child = spawn("unshare", words, { env, stdio: ["ignore", "pipe", "pipe"] });
    started.add(child);
    return follow(child, join(land.folder, "no-last-words"));
  };
  return {
    start,
    watch,
    record: () => readSetRecord(api, { namespace: "desk", workload: "otobo" }),
    run: async (pod: TestedPod, changes?: Changes): Promise<PodEnd> => (await start(pod, changes)).ended,
    close: async () => {
      for (const child of started) killPod(child);
      await api.close();
    },
  };
}

/**
 * The home has the same path in every pod, as in a cluster: a release step, including its arguments, is the same for
 * all pods.
 */
const getHomePath = ({ folder }: PodEnvironment): string => join(folder, "opt");

/** Lists the contents of a small home before it is unmounted. */
const MOUNT =
  'home="$1"; if [ "$3" = 0 ]; then mount --bind "$2" "$1"; else mount -t tmpfs -o "size=$3m,mode=777" none "$1"; fi; ' +
  'small="$3"; shift 3; "$@"; code=$?; ' +
  '[ "$small" = 0 ] || find "$home" -name "*.json" -path "*rollcall*" | sed "s/^/MARKER /"; exit $code';

function buildRunCommand(land: PodEnvironment, pod: TestedPod, last: string, homeMiB = 0): string[] {
  const run = [process.execPath, getProgramPath(), "run", "--termination-log", last];
  return enterPod(land, pod, run, homeMiB);
}

/** Runs a program in namespaces of its own, with the pod's home in its place, and not as root. */
function enterPod(land: PodEnvironment, pod: TestedPod, program: readonly string[], homeMiB = 0): string[] {
  const user = [
    "setpriv",
    `--reuid=${UNPRIVILEGED_USER.uid}`,
    `--regid=${UNPRIVILEGED_USER.gid}`,
    "--clear-groups",
  ];
  const mounted = [
    ...["sh", "-c", MOUNT, "sh", getHomePath(land), pod.home, String(homeMiB)],
    ...user,
    ...program,
  ];
  return ["--pid", "--fork", "--mount-proc", "--mount", ...mounted];
}

function buildPlan(
  land: PodEnvironment,
  { ordinal }: TestedPod,
  { work, token, retries, configFolder }: PlanInput,
): Plan {
  const home = getHomePath(land);
  const command = (...words: readonly string[]): string[] => [
    ...[process.execPath, getProgramPath(), ...words],
    ...["--home", home, "--next", land.next],
    ...(configFolder === undefined ? [] : ["--config-folder", configFolder]),
  ];
  const steps = buildOtoboSteps(work, command).map((step) => ({ ...step, retries: retries ?? step.retries }));
  return {
    schema: 1,
    identity: {
      namespace: "desk",
      workload: "otobo",
      pod: `otobo-${ordinal}`,
      nodeId: String(ordinal + 1),
      kind: "otobo",
      profile: "desk",
    },
    ordinal,
    release: "image:1",
    releaseFrom: buildReleaseCommand(work, command),
    revision: "otobo-1",
    markers: { store: "pvc", root: home, path: ".rollcall" },
    s3: null,
    lock: { store: "lease", seconds: LOCK_SECONDS },
    api: { folder: token },
    drop: "managed",
    leave: null,
    steps,
  };
}

/** Kills process 1 of the pod's namespace; the kernel kills the others. */
function killPod(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const text = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
  for (const pid of text.trim().split(" ").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
}

function follow(child: ChildProcess, last: string): StartedPod {
  let log = "";
  let isOver = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  const ended = new Promise<PodEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      isOver = true;
      void readFile(last, "utf8")
        .catch(() => "")
        .then((message) =>
          resolve({
            code:
              signal === null && code !== 137 && !log.includes("unshare: sigprocmask unblock failed")
                ? code
                : null,
            log,
            message,
          }),
        );
    });
  });
  return {
    kill: () => killPod(child),
    ended,
    logs: async (text) => {
      while (!log.includes(text)) {
        if (isOver) throw new Error(`it ended without saying ${JSON.stringify(text)}:\n${log}`);
        await pause(20);
      }
    },
  };
}
