// The runner, which runs in pods as `rollcall`: parses the command line and runs a command.
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { RUNNER_PRESETS } from "../../presets/runner.ts";
import { EXIT, type ExitCode } from "../contract/exit.ts";
import { TERMINATION_LOG } from "../contract/places.ts";
import { VERSION } from "../contract/version.ts";
import type { RunnerPreset } from "../engine/preset.ts";
import { takeEnvironment } from "../world/environment.ts";
import { COMMANDS, OPTIONS } from "./commands.ts";
import { log, writeOut } from "./out.ts";
import type { RunSurroundings } from "./run.ts";

/** The commands of presets parse their own arguments. */
const PRESET_COMMANDS = RUNNER_PRESETS.flatMap(({ command, load }) =>
  command === undefined ? [] : [{ ...command, load }],
);

const STATUS_COMMANDS = [
  "status",
  ...PRESET_COMMANDS.filter(({ reportsStatus }) => reportsStatus === true).map(({ name }) => name),
];

const HELP = `rollcall (the runner, ${VERSION}): runs a pod's bootstrap steps, verifies and marks them

${[...COMMANDS, ...PRESET_COMMANDS].map(({ help }) => help).join("\n")}

  --termination-log FILE            file of the termination message (default ${TERMINATION_LOG})
  --version, --help

Exit codes of install, run, leave and drain: 0 done, 1 a step failed or a volume is unusable, 2 bad plan or usage,
3 marker, plan or volume of another pod, 4 a member's state is lost, 75 timed out waiting;
of ${STATUS_COMMANDS.join(" and ")}: 0 all steps are done, or ok, 1 not all done, or refused, 2 bad plan or usage, 3 unknown.`;

// first, because a signal without a handler ends the process
const stop = stopSignal();
const surroundings: RunSurroundings = {
  env: takeEnvironment(process.env),
  stop,
  log,
  runId: randomUUID(),
};

function main(argv: readonly string[]): Promise<number> {
  const [own, program] = splitAtDashes(argv);
  const preset = PRESET_COMMANDS.find(({ name }) => name === own[0]);
  return preset === undefined ? runCommand(own, program) : runPresetCommand(preset, own.slice(1));
}

/** Everything after the first `--` is another program's command line. */
function splitAtDashes(argv: readonly string[]): [readonly string[], readonly string[]] {
  const dashes = argv.indexOf("--");
  return dashes < 0 ? [argv, []] : [argv.slice(0, dashes), argv.slice(dashes + 1)];
}

async function runCommand(argv: readonly string[], program: readonly string[]): Promise<number> {
  const words = readArguments(argv);
  if ("wrong" in words) return refuseUsage(words.wrong);
  const { values, positionals } = words;
  if (values.version) return print(`rollcall ${VERSION}`);
  if (values.help) return print(HELP);
  const [name, ...more] = positionals;
  if (more.length > 0)
    return refuseUsage(`one command at a time, not ${JSON.stringify(more.join(" "))} as well`);
  const command = COMMANDS.find((each) => each.name === name);
  if (program.length > 0 && command?.takesProgram !== true)
    return refuseUsage("only leave takes a command after --");
  if (name === undefined) return refuseUsage("a command is missing");
  if (command === undefined) return refuseUsage(`no such command: ${name}`);
  return command.run({ values, program, surroundings, refuseUsage });
}

/** One word is the command; everything else is options. */
function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return { wrong: error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error) };
  }
}

async function runPresetCommand(
  { load }: Pick<RunnerPreset, "load">,
  words: readonly string[],
): Promise<number> {
  const { runCommand: runOwn } = await load();
  const { env, runId } = surroundings;
  const say = (line: string): void => writeOut(`${line}\n`);
  return runOwn === undefined
    ? refuseUsage("this preset has no command")
    : runOwn(words, { env, stop, runId, say, refuseUsage });
}

/** Aborted by the first SIGTERM or SIGINT. Process 1 of a container ignores signals without a handler. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log(`${signal}: stopping`);
      controller.abort();
    });
  }
  return controller.signal;
}

function print(text: string): ExitCode {
  console.log(text);
  return EXIT.done;
}

function refuseUsage(wrong: string): ExitCode {
  console.error(`rollcall: ${wrong}\n\n${HELP}`);
  return EXIT.badPlan;
}

// the exit code if the event loop empties before main has ended
process.exitCode = EXIT.failed;
// not awaited: modules loaded on demand import this one (build/bundle.ts), and would wait for its evaluation
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
