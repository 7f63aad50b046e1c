// The preset's work in a pod, as steps of an ordinary plan: each step runs the runner's `otobo STEP`, and `otobo verify
// STEP` verifies it (docs/research/otobo.md#exit-codes). The engine knows nothing about OTOBO.
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";
import type { PlanLeave, PlanStep } from "../../../init/contract/plan.ts";
import { buildInstallWords, type InstallSettings, MAY_INSTALL } from "./install.ts";

/** In order of execution; `release`: once per release and database. */
export const OTOBO_STEPS = {
  /** /opt/otobo from the image */
  home: { scope: "pod", minutes: 15 },
  /** the managed block in Kernel/Config.pm */
  config: { scope: "pod", minutes: 2 },
  /** PID files that this node's daemon left behind */
  "pid-files": { scope: "pod", minutes: 1 },
  /** database, Redis and S3 answer */
  wait: { scope: "pod", minutes: 10 },
  /** installs OTOBO in an empty database, if the profile orders it; before any web server is started */
  install: { scope: "release", minutes: 20 },
  /** fetches the settings of the last deployment, before any command that deploys */
  sync: { scope: "pod", minutes: 10 },
  migrate: { scope: "release", minutes: 60 },
  reinstall: { scope: "release", minutes: 20 },
  upgrade: { scope: "release", minutes: 30 },
  /** the files of the packages in the database */
  packages: { scope: "pod", minutes: 10 },
  rebuild: { scope: "release", minutes: 10 },
  cache: { scope: "release", minutes: 5 },
  /** the files that activate ACLs and processes, from the database */
  "acls-processes": { scope: "pod", minutes: 5 },
  /** the files that activate translations made in the web interface, from the database */
  translations: { scope: "pod", minutes: 5 },
  /** fetches the settings again, because rebuild has deployed new ones */
  settings: { scope: "pod", minutes: 10 },
  /** restores unprocessed mails of pods that have ended */
  spool: { scope: "pod", minutes: 5 },
  loader: { scope: "pod", minutes: 10 },
  /** the last package event from S3, put in place after all other files (docs/research/otobo.md#package-event) */
  event: { scope: "pod", minutes: 5 },
  /** checks that everything is in place before a web server starts */
  gate: { scope: "pod", minutes: 5 },
} as const satisfies Record<string, { scope: PlanStep["scope"]; minutes: number }>;

export type OtoboStep = keyof typeof OTOBO_STEPS;

export const OTOBO_STEP_NAMES = Object.keys(OTOBO_STEPS) as readonly OtoboStep[];

export interface OtoboWork {
  waitSeconds: number;
  /** false: a separate web workload, without the daemon's steps */
  daemon: boolean;
  migrate: boolean;
  upgradePackages: boolean;
  loader: boolean;
  s3: boolean;
  userFiles: boolean;
  configBase: boolean;
  /** null: an empty database is not installed by a step */
  install: InstallSettings | null;
}

/** Builds the argv that starts the runner; tests start it from elsewhere. */
type CommandBuilder = (...words: readonly string[]) => readonly string[];

const inPod: CommandBuilder = (...words) => buildRunnerCommand(RUNNER_MOUNT, ...words);

/** Time for a step beyond its wait. */
const SLACK_S = 60;

/** The steps of a pod for the work that its profile configures. */
export function buildOtoboSteps(work: OtoboWork, command: CommandBuilder = inPod): PlanStep[] {
  return OTOBO_STEP_NAMES.filter((name) => isWanted(name, work)).map((name) => {
    const { scope, minutes } = OTOBO_STEPS[name];
    const words = buildStepWords(name, work);
    const limit = name === "wait" ? work.waitSeconds + SLACK_S : minutes * 60;
    const step = { name, scope, timeoutSeconds: limit, retries: name === "wait" ? 0 : 2 };
    const run = command("otobo", name, ...words);
    const verify = command("otobo", "verify", name, ...words);
    // a full check of the tree's thousands of files is needed only once
    return name === "home"
      ? { ...step, run, verify, still: command("otobo", "verify", name, "--quick") }
      : { ...step, run, verify };
  });
}

function isWanted(name: OtoboStep, work: OtoboWork): boolean {
  switch (name) {
    case "install":
      return work.install !== null;
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
      return ["--wait", String(work.waitSeconds), ...(work.install === null ? [] : [MAY_INSTALL])];
    case "install":
      return work.install === null ? [] : buildInstallWords(work.install);
    case "sync":
    case "acls-processes":
    case "settings":
      return work.userFiles ? ["--user-files"] : [];
    default:
      return [];
  }
}

/** The command that prints the rest of the release's id: the tree's version and the set of packages. */
export function buildReleaseCommand(
  { install }: Pick<OtoboWork, "install">,
  command: CommandBuilder = inPod,
): readonly string[] {
  return command("otobo", "release", ...(install === null ? [] : [MAY_INSTALL]));
}

/** The leave command of a daemon. */
export function buildOtoboLeave(timeoutSeconds: number, command: CommandBuilder = inPod): PlanLeave {
  // time for running tasks, and then for handing back the others
  const wait = String(Math.max(1, timeoutSeconds - Math.min(SLACK_S, Math.floor(timeoutSeconds / 3))));
  return {
    run: command("otobo", "leave", "--wait", wait),
    verify: command("otobo", "verify", "leave"),
    timeoutSeconds,
  };
}

/** The daemon's preStop if its pod only stops: it waits for running tasks. */
export function buildStopCommand(waitSeconds: number, command: CommandBuilder = inPod): readonly string[] {
  return command("otobo", "stop", "--wait", String(waitSeconds));
}
