// The runner, one program with a command a file: what runs in pods as `rollcall`.
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { RUNNER_PRESETS } from "../../presets/runner.ts";
import { EXIT, type ExitCode } from "../contract/exit.ts";
import { INSTALL_MOUNT, TERMINATION_LOG } from "../contract/places.ts";
import { VERSION } from "../contract/version.ts";
import { describe, exitCodeOf, type Failure, remediesOf } from "../engine/failure.ts";
import { type Story, terminationMessage } from "../engine/message.ts";
import type { RunnerPreset } from "../engine/preset.ts";
import { takeEnvironment } from "../world/environment.ts";
import { install } from "./install.ts";
import { goAway } from "./leave.ts";
import { writeOut, writeToContainerLog } from "./out.ts";
import { run } from "./run.ts";
import { runnerFolder } from "./runnerFolder.ts";
import { status, statusText } from "./status.ts";

const PRESET_HELP = RUNNER_PRESETS.flatMap(({ command }) => command?.help ?? []).join("\n");

const HELP = `rollcall (the runner, ${VERSION}): does a pod's steps, proves them and marks them

  install [--to DIR] [--from DIR]   copy the runner to a volume (default ${INSTALL_MOUNT}) and prove that it starts
  run                               carry out the plan in ROLLCALL_PLAN
  status [-o json]                  what this pod's markers say
  leave [-- COMMAND...]             the preStop: leave where this ordinal is going for good; then COMMAND, the
                                    application's own preStop
${PRESET_HELP}
  drain                             leave beforehand, for scaleDown.policy Drained, and record it

  --termination-log FILE            where the last words go (default ${TERMINATION_LOG})
  --version, --help

Exit codes of install, run, leave and drain: 0 done, 1 a step failed or a volume is unusable, 2 bad plan or usage,
3 another pod's marker or plan, or a volume that does not belong here, 4 the ring counts on a lost state, 75 gave up waiting;
of status and om: 0 all steps are done, or ok, 1 not all, or refused, 2 bad plan or usage, 3 could not find out.`;

const OPTIONS = {
  to: { type: "string", default: INSTALL_MOUNT },
  from: { type: "string" },
  output: { type: "string", short: "o", default: "text" },
  "termination-log": { type: "string", default: TERMINATION_LOG },
  version: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Exit code 3 of status: could not find out. */
const COULD_NOT_ASK = 3;

const log = (line: string): void => {
  writeOut(`rollcall: ${line}\n`);
  if (process.argv[2] === "leave") writeToContainerLog(`rollcall: ${line}\n`);
};

// before anything else: a signal without a handler ends the process
const stop = stopSignal();
const environment = takeEnvironment(process.env);

interface End {
  failure: Failure | null;
  story: Story | null;
  /** whether it ran in an init container of ours, whose termination message it is to write */
  isOurs: boolean;
  /** where nothing of ours failed: the exit code */
  code: number;
}

const OURS = { isOurs: true, code: EXIT.done } as const;

/** What stands behind the first `--` is another program's command line. */
function beforeDashes(argv: readonly string[]): [readonly string[], readonly string[]] {
  const dashes = argv.indexOf("--");
  return dashes < 0 ? [argv, []] : [argv.slice(0, dashes), argv.slice(dashes + 1)];
}

/** One word is the command; everything else is options. */
function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return error instanceof Error ? error.message.split(". ")[0] : String(error);
  }
}

function main(all: readonly string[]): Promise<number> {
  const [argv, own] = beforeDashes(all);
  // a preset's command has words of its own
  const preset = RUNNER_PRESETS.find(({ command }) => command !== undefined && command.name === argv[0]);
  return preset === undefined ? doCommand(argv, own) : doPresetCommand(preset, argv.slice(1));
}

async function doCommand(argv: readonly string[], own: readonly string[]): Promise<number> {
  const words = readArguments(argv);
  if (typeof words === "string" || words === undefined) return usage(words ?? "unknown words");
  const { values, positionals } = words;
  if (values.version) return print(`rollcall ${VERSION}`);
  if (values.help) return print(HELP);
  const [command, ...more] = positionals;
  if (more.length > 0) return usage(`one command at a time, not ${JSON.stringify(more.join(" "))} as well`);
  if (own.length > 0 && command !== "leave") return usage("only leave takes a command behind --");
  if (command === "status") return tellStatus(values.output);
  const end = await carryOut(command, { ...values, own });
  if (end !== null) return tellEnd(end, values["termination-log"]);
  return usage(command === undefined ? "a command is missing" : `no such command: ${command}`);
}

async function tellEnd(end: End, terminationLog: string): Promise<number> {
  await lastWords(end, terminationLog);
  return end.failure === null ? end.code : exitCodeOf(end.failure);
}

async function carryOut(
  command: string | undefined,
  values: { to: string; from?: string | undefined; own: readonly string[] },
): Promise<End | null> {
  const surroundings = { env: environment, stop, log, runId: randomUUID() };
  try {
    switch (command) {
      case "install": {
        const why = await install(values.from ?? runnerFolder(), values.to);
        return { failure: why === null ? null : { name: "install-failed", why }, story: null, ...OURS };
      }
      case "run": {
        const outcome = await run(surroundings);
        return "wrong" in outcome
          ? { failure: { name: "invalid-plan", why: outcome.wrong }, story: null, ...OURS }
          : { ...outcome, ...OURS };
      }
      case "leave":
      case "drain": {
        const gone = await goAway(command, values.own, surroundings);
        return { failure: gone.failure, story: null, isOurs: false, code: gone.own };
      }
      default:
        return null;
    }
  } catch (error) {
    return {
      failure: {
        name: "unexpected",
        why: error instanceof Error ? (error.stack ?? error.message) : String(error),
      },
      story: null,
      isOurs: command === "install" || command === "run",
      code: EXIT.failed,
    };
  }
}

async function doPresetCommand({ load }: RunnerPreset, words: readonly string[]): Promise<number> {
  const { runCommand } = await load();
  const say = (line: string): void => writeOut(`${line}\n`);
  const host = { env: environment, stop, runId: randomUUID(), say, refuseUsage: usage };
  return runCommand === undefined ? usage("it has no command of its own") : runCommand(words, host);
}

/** Status has the command line's exit codes: it asks, and nothing is done by it. */
async function tellStatus(format: string): Promise<ExitCode> {
  if (format !== "text" && format !== "json")
    return usage(`-o takes text or json, not ${JSON.stringify(format)}`);
  const told = await status(environment);
  if ("items" in told) {
    process.stdout.write(format === "json" ? `${JSON.stringify(told, null, 2)}\n` : statusText(told));
    return told.ok ? EXIT.done : EXIT.failed;
  }
  const [error, code] =
    "wrong" in told ? ([told.wrong, EXIT.badPlan] as const) : ([told.unknown, COULD_NOT_ASK] as const);
  console.error(`rollcall: ${error}`);
  if (format === "json") console.log(JSON.stringify({ error }));
  return code;
}

/** Aborted by the first SIGTERM or SIGINT; as process 1 of a container nobody else would end us. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log(`${signal}: passing it on, then stopping`);
      controller.abort();
    });
  }
  return controller.signal;
}

async function lastWords({ failure, story, isOurs }: End, path: string): Promise<void> {
  log(failure === null ? "done" : describe(failure));
  if (failure !== null) for (const command of remediesOf(failure)) log(command);
  // in the application's container the termination message is the application's
  if (!isOurs) return;
  try {
    await writeFile(path, terminationMessage(failure, story));
  } catch {
    log(`the termination message could not be written to ${path}; it is the line above`);
  }
}

function print(text: string): ExitCode {
  console.log(text);
  return EXIT.done;
}

function usage(wrong: string): ExitCode {
  console.error(`rollcall: ${wrong}\n\n${HELP}`);
  return EXIT.badPlan;
}

// should nothing be left to wait for before main has ended: that is no success
process.exitCode = EXIT.failed;
// not awaited: what is loaded late imports this module (build/bundle.ts), and would wait for it to be evaluated
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
