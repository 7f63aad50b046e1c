// `otobo …`: runs or verifies a step of the preset, prints the release, stops the daemon, takes up packages, and lists files
// of this pod only. The plan's commands call it; a person can, too, with kubectl exec.
import { parseArgs } from "node:util";
import { EXIT } from "../../../init/contract/exit.ts";
import { readOwnPlan } from "../../../init/contract/plan.ts";
import { describe, type Failure, getExitCode, listRemedies } from "../../../init/engine/failure.ts";
import type { CommandHost } from "../../../init/engine/preset.ts";
import { CONFIG_KEY, OTOBO_HOME, OTOBO_MOUNTS, OTOBO_NEXT, PASSWORD_KEY } from "../contract/places.ts";
import { FIRST_INSTALL_ENV } from "../contract/settings.ts";
import { OTOBO_STEP_NAMES, type OtoboStep } from "../contract/steps.ts";
import { checkDaemonLeft, leaveDaemon, stopDaemon } from "./daemon.ts";
import { type Otobo, type OtoboEnv, openOtobo, type WhyNot } from "./otobo.ts";
import { type WatchOptions, watchPackages } from "./packages/watchPackages.ts";
import { DATABASE, databaseAnswer } from "./probes/database.ts";
import { readCurrentOrFirstRelease, readRelease } from "./release.ts";
import { reportDrift } from "./reportDrift.ts";
import type { InstallOptions, StepOptions } from "./step.ts";
import { saveSpool } from "./steps/spool.ts";
import { BEFORE_INSTALL, STEPS } from "./steps.ts";

const OPTIONS = {
  home: { type: "string", default: OTOBO_HOME },
  next: { type: "string", default: OTOBO_NEXT },
  wait: { type: "string", default: "600" },
  quick: { type: "boolean", default: false },
  /** of watch: seconds between two readings of the database */
  interval: { type: "string", default: "5" },
  /** of watch: ends after so many rounds; for tests */
  rounds: { type: "string" },
  "user-files": { type: "boolean", default: false },
  "config-base": { type: "boolean", default: false },
  /** where the ConfigMap with a Config.pm is mounted; for tests */
  "config-folder": { type: "string", default: OTOBO_MOUNTS.config },
  "may-install": { type: "boolean", default: false },
  fqdn: { type: "string" },
  "http-type": { type: "string", default: "https" },
  "system-id": { type: "string", default: "10" },
  "admin-email": { type: "string" },
  /** where the Secret with the password of root@localhost is mounted; for tests */
  "install-folder": { type: "string", default: OTOBO_MOUNTS.install },
} as const;

type OtoboResult = { why: WhyNot } | { wrong: string } | { foreign: Failure };

/** Runs `otobo` from the command line. @returns the exit code */
export async function runOtoboCommand(
  words: readonly string[],
  { env, stop, say, refuseUsage }: CommandHost,
): Promise<number> {
  const result = await executeOtoboCommand(words, { env, stop, say });
  if ("wrong" in result) return refuseUsage(result.wrong);
  if ("foreign" in result) {
    for (const line of [describe(result.foreign), ...listRemedies(result.foreign)]) say(line);
    return getExitCode(result.foreign);
  }
  if (result.why !== null) say(result.why);
  return result.why === null ? EXIT.done : EXIT.failed;
}

/** @returns why: null if done; wrong: a usage error; foreign: this is not the plan's pod */
export async function executeOtoboCommand(
  argv: readonly string[],
  { env, stop, say }: { env: OtoboEnv; stop: AbortSignal; say: (line: string) => void },
): Promise<OtoboResult> {
  const words = readWords(argv);
  if ("wrong" in words) return words;
  const { values, positionals } = words;
  const options = readOptions(values);
  if ("wrong" in options) return options;
  const isProof = positionals[0] === "verify";
  const [name = "", ...more] = isProof ? positionals.slice(1) : positionals;
  if (name === "" || more.length > 0) return { wrong: "otobo takes one step, or verify and one step" };
  const foreign = isProof || HARMLESS.includes(name) ? null : checkPod(env);
  if (foreign !== null) return { foreign };
  const otobo = openOtobo({ home: values.home, next: values.next, env, stop, say });
  if (name === "watch" && !isProof) return { why: await watchPackages(otobo, options) };
  return carryOut(otobo, { name, isProof, options });
}

function readOptions(values: OptionValues): WatchOptions | { wrong: string } {
  const numbers = readNumbers(values);
  if ("wrong" in numbers) return numbers;
  const install = readInstallOptions(values);
  if (install !== null && "wrong" in install) return install;
  return {
    ...numbers,
    quick: values.quick,
    userFiles: values["user-files"],
    configBase: values["config-base"] ? `${values["config-folder"]}/${CONFIG_KEY}` : null,
    mayInstall: values["may-install"],
    install,
  };
}

/** The options that are numbers; rounds: null without a limit. */
function readNumbers(values: {
  wait: string;
  interval: string;
  rounds?: string | undefined;
}): { wait: number; interval: number; rounds: number | null } | { wrong: string } {
  const { wait, interval, rounds = "1" } = values;
  for (const [option, text] of Object.entries({ wait, interval, rounds })) {
    const isNumber = option === "interval" ? isPositiveDecimal(text) : /^[1-9][0-9]{0,8}$/.test(text);
    if (!isNumber)
      return {
        wrong: `--${option} takes ${option === "rounds" ? "a number" : "seconds"}, not ${JSON.stringify(text)}`,
      };
  }
  return {
    wait: Number(wait),
    interval: Number(interval),
    rounds: values.rounds === undefined ? null : Number(rounds),
  };
}

/** Seconds with up to three decimals, so that tests need not wait for whole ones. */
const isPositiveDecimal = (text: string): boolean =>
  /^(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,3})?$/.test(text) && Number(text) > 0;

/** Commands that are safe in a copy of the pod: they only read, or stop this container's own daemon. */
const HARMLESS: readonly string[] = ["stop", "release", "drift"];

/**
 * A step that is run by hand is in the application's container, which has the plan; the runner's child processes have
 * none.
 */
function checkPod(env: OtoboEnv): Failure | null {
  const read = readOwnPlan(env);
  return "wrong" in read ? null : read.foreign;
}

async function carryOut(
  otobo: Otobo,
  { name, isProof, options }: { name: string; isProof: boolean; options: StepOptions },
): Promise<OtoboResult> {
  switch (name) {
    case "release":
      return printRelease(otobo, options);
    case "drift":
      return { why: await reportDrift(otobo) };
    case "stop":
      return { why: await stopContainerDaemon(otobo, options.wait) };
    case "leave":
      return { why: isProof ? await checkDaemonLeft(otobo) : await leaveDaemon(otobo, options.wait) };
    default: {
      const step = OTOBO_STEP_NAMES.find((each) => each === name);
      if (step === undefined) return { wrong: `otobo has no step ${JSON.stringify(name)}` };
      return { why: await runStep(otobo, step, isProof, options) };
    }
  }
}

/** Stops the container's daemon. Mails are saved even if the daemon does not stop in time. */
async function stopContainerDaemon(otobo: Otobo, seconds: number): Promise<WhyNot> {
  const why = await stopDaemon(otobo, seconds);
  const unsaved = await saveSpool(otobo);
  return why === null || unsaved === null ? (why ?? unsaved) : `${why}; ${unsaved}`;
}

async function runStep(
  otobo: Otobo,
  name: OtoboStep,
  isProof: boolean,
  options: StepOptions,
): Promise<WhyNot> {
  if (!BEFORE_INSTALL.has(name) && (await isFirstInstall(otobo))) {
    otobo.say(`${name}: nothing to do until the installer of this first installation has run`);
    return null;
  }
  const { run, verify } = STEPS[name];
  return (isProof ? verify : run)(otobo, options);
}

/** True if the profile allows it for this pod, and the installer has not completed. */
async function isFirstInstall({ env, ask }: Otobo): Promise<boolean> {
  if (env[FIRST_INSTALL_ENV] !== "1") return false;
  const request = await ask(DATABASE, databaseAnswer);
  if ("why" in request) return false;
  const { state, finished } = request.answer;
  // not the installer's: `wait` and `gate` refuse it
  return state !== "unreachable" && state !== "interrupted" && !finished;
}

/** Prints the release's id; the engine reads the last line. */
async function printRelease(otobo: Otobo, { mayInstall }: StepOptions): Promise<OtoboResult> {
  const release = (await isFirstInstall(otobo))
    ? { id: "not installed yet" }
    : await (mayInstall ? readCurrentOrFirstRelease : readRelease)(otobo);
  if ("why" in release) return { why: release.why };
  otobo.say(release.id);
  return { why: null };
}

type OptionValues = Extract<ReturnType<typeof readWords>, { values: unknown }>["values"];

/** null: none are given */
function readInstallOptions(values: OptionValues): InstallOptions | { wrong: string } | null {
  const { fqdn, "http-type": httpType, "system-id": systemID, "admin-email": adminEmail = null } = values;
  if (fqdn === undefined) return null;
  if (httpType !== "http" && httpType !== "https")
    return { wrong: `--http-type takes http or https, not ${JSON.stringify(httpType)}` };
  if (!/^[1-9]\d{0,4}$/.test(systemID))
    return { wrong: `--system-id takes a number, not ${JSON.stringify(systemID)}` };
  const passwordFile = `${values["install-folder"]}/${PASSWORD_KEY}`;
  return { fqdn, httpType, systemID: Number(systemID), adminEmail, passwordFile };
}

function readWords(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return {
      wrong: error instanceof Error ? (error.message.split(". ")[0] ?? error.message) : String(error),
    };
  }
}
