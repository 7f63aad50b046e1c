// What the preset does in a pod, as steps of an ordinary plan: each is the runner's own `otobo STEP` and is proven by
// `otobo verify STEP` (docs/research/otobo.md#exit-codes). The engine knows nothing of OTOBO.
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";
import type { PlanLeave, PlanStep } from "../../../init/contract/plan.ts";

/** In the order in which they are taken; `release`: once for each release and database. */
export const OTOBO_STEPS = {
  /** /opt/otobo from the image */
  home: { scope: "pod", minutes: 15 },
  /** the managed block in Kernel/Config.pm */
  config: { scope: "pod", minutes: 2 },
  /** PID files that this node's daemon left behind */
  "pid-files": { scope: "pod", minutes: 1 },
  /** database, Redis and S3 answer */
  wait: { scope: "pod", minutes: 10 },
  /** the settings of the last deployment, before any command that deploys */
  sync: { scope: "pod", minutes: 10 },
  migrate: { scope: "release", minutes: 60 },
  reinstall: { scope: "release", minutes: 20 },
  upgrade: { scope: "release", minutes: 30 },
  /** the files of the packages that the database names */
  packages: { scope: "pod", minutes: 10 },
  rebuild: { scope: "release", minutes: 10 },
  cache: { scope: "release", minutes: 5 },
  /** the files by which ACLs and processes act, from the database */
  "acls-processes": { scope: "pod", minutes: 5 },
  /** the settings again: rebuild has deployed new ones */
  settings: { scope: "pod", minutes: 10 },
  /** mails that could not be processed and outlived their pod */
  spool: { scope: "pod", minutes: 5 },
  loader: { scope: "pod", minutes: 10 },
  /** the last package event of S3, the very last file (docs/research/otobo.md#package-event) */
  event: { scope: "pod", minutes: 5 },
  /** all of it is there: without this no web server starts */
  gate: { scope: "pod", minutes: 5 },
} as const satisfies Record<string, { scope: PlanStep["scope"]; minutes: number }>;

export type OtoboStep = keyof typeof OTOBO_STEPS;

export const OTOBO_STEP_NAMES = Object.keys(OTOBO_STEPS) as readonly OtoboStep[];

export interface OtoboWork {
  waitSeconds: number;
  /** false: a web workload of its own, which does nothing that is a daemon's */
  daemon: boolean;
  migrate: boolean;
  upgradePackages: boolean;
  loader: boolean;
  s3: boolean;
  userFiles: boolean;
  configBase: boolean;
}

/** How the runner is started in the pod; a test starts it from elsewhere. */
type CommandBuilder = (...words: readonly string[]) => readonly string[];

const inPod: CommandBuilder = (...words) => buildRunnerCommand(RUNNER_MOUNT, ...words);

/** What a start takes at most beyond waiting. */
const SLACK_S = 60;

/** The steps of a pod whose profile asks for this work. */
export function buildOtoboSteps(work: OtoboWork, command: CommandBuilder = inPod): PlanStep[] {
  return OTOBO_STEP_NAMES.filter((name) => isWanted(name, work)).map((name) => {
    const { scope, minutes } = OTOBO_STEPS[name];
    const words = buildStepWords(name, work);
    const limit = name === "wait" ? work.waitSeconds + SLACK_S : minutes * 60;
    const step = { name, scope, timeoutSeconds: limit, retries: name === "wait" ? 0 : 2 };
    const run = command("otobo", name, ...words);
    const verify = command("otobo", "verify", name, ...words);
    // the tree has thousands of files, and what was copied once is not copied into again
    return name === "home"
      ? { ...step, run, verify, still: command("otobo", "verify", name, "--quick") }
      : { ...step, run, verify };
  });
}

function isWanted(name: OtoboStep, work: OtoboWork): boolean {
  switch (name) {
    case "migrate":
      return work.migrate;
    case "upgrade":
      return work.upgradePackages;
    case "spool":
      return work.daemon;
    case "loader":
      return work.loader;
    case "event":
      return work.s3;
    default:
      return true;
  }
}

function buildStepWords(name: OtoboStep, work: OtoboWork): string[] {
  switch (name) {
    case "config":
      return work.configBase ? ["--config-base"] : [];
    case "wait":
      return ["--wait", String(work.waitSeconds)];
    case "sync":
    case "acls-processes":
    case "settings":
      return work.userFiles ? ["--user-files"] : [];
    default:
      return [];
  }
}

/** Prints what makes a release beside the image's reference: the tree's version and the set of packages. */
export function buildReleaseCommand(command: CommandBuilder = inPod): readonly string[] {
  return command("otobo", "release");
}

/** How a daemon leaves. */
export function buildOtoboLeave(timeoutSeconds: number, command: CommandBuilder = inPod): PlanLeave {
  // time for the tasks, and then for handing the rest over
  const wait = String(Math.max(1, timeoutSeconds - Math.min(SLACK_S, Math.floor(timeoutSeconds / 3))));
  return {
    run: command("otobo", "leave", "--wait", wait),
    verify: command("otobo", "verify", "leave"),
    timeoutSeconds,
  };
}

/** The daemon's preStop where its pod only stops: what runs is waited for. */
export function buildStopCommand(waitSeconds: number, command: CommandBuilder = inPod): readonly string[] {
  return command("otobo", "stop", "--wait", String(waitSeconds));
}
