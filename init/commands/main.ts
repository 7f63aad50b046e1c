// The runner, one program with a command a file: what runs in pods as `rollcall`.
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

/** Those of presets have words of their own. */
const PRESET_COMMANDS = RUNNER_PRESETS.flatMap(({ command, load }) =>
  command === undefined ? [] : [{ ...command, load }],
);

const ASKING = ["status", ...PRESET_COMMANDS.filter(({ asks }) => asks === true).map(({ name }) => name)];

const HELP = `rollcall (the runner, ${VERSION}): does a pod's steps, proves them and marks them

${[...COMMANDS, ...PRESET_COMMANDS].map(({ help }) => help).join("\n")}

  --termination-log FILE            where the last words go (default ${TERMINATION_LOG})
  --version, --help

Exit codes of install, run, leave and drain: 0 done, 1 a step failed or a volume is unusable, 2 bad plan or usage,
3 another pod's marker or plan, or a volume that does not belong here, 4 the ring counts on a lost state, 75 gave up waiting;
of ${ASKING.join(" and ")}: 0 all steps are done, or ok, 1 not all, or refused, 2 bad plan or usage, 3 could not find out.`;

// before anything else: a signal without a handler ends the process
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

/** What stands behind the first `--` is another program's command line. */
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
    return refuseUsage("only leave takes a command behind --");
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
    ? refuseUsage("it has no command of its own")
    : runOwn(words, { env, stop, runId, say, refuseUsage });
}

/** Aborted by the first SIGTERM or SIGINT: process 1 of a container is ended by no signal that it does not handle. */
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

function print(text: string): ExitCode {
  console.log(text);
  return EXIT.done;
}

function refuseUsage(wrong: string): ExitCode {
  console.error(`rollcall: ${wrong}\n\n${HELP}`);
  return EXIT.badPlan;
}

// should nothing be left to wait for before main has ended: that is no success
process.exitCode = EXIT.failed;
// not awaited: what is loaded late imports this module (build/bundle.ts), and would wait for it to be evaluated
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
