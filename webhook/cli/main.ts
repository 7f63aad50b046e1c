// The command `rollcall` (also `kubectl rollcall`). Each subcommand has its own file.

import { buildRunnerCommand, RUNNER_MOUNT } from "../../init/contract/places.ts";
import { VERSION } from "../../init/contract/version.ts";
import { BadInput, CLI_EXIT, type CliExit, UnknownAnswer } from "./ending.ts";

type CommandRunner = (argv: readonly string[]) => Promise<number>;

/** Loaded on demand: the HTTPS server of `try` takes longer to load than everything else. */
const COMMANDS: Readonly<Record<string, { load: () => Promise<CommandRunner>; description: string }>> = {
  render: {
    load: async () => (await import("./render.ts")).render,
    description: "print the pods of a StatefulSet as the webhook would change them",
  },
  try: {
    load: async () => (await import("./try/command.ts")).tryCommand,
    description: "send a StatefulSet to a local webhook server; run its steps with --run-steps",
  },
  check: {
    load: async () => (await import("./check/command.ts")).checkCommand,
    description: "predict whether the webhook would allow a change of StatefulSets, and why",
  },
  doctor: {
    load: async () => (await import("./doctor/runDoctorCommand.ts")).runDoctorCommand,
    description: "check the installation of Rollcall on a cluster, and print what mends it",
  },
  "post-render": {
    load: async () => (await import("./postRender/runPostRender.ts")).runPostRender,
    description: "change the manifests of a Helm chart for Rollcall, as Helm's post-renderer",
  },
  schema: {
    load: async () => (await import("./printSchema.ts")).printSchema,
    description: "print the JSON Schema of a RollcallProfile, for editors",
  },
};

/** Of the longest command. */
const HELP_WIDTH = 11;

/** Commands of kinds of workloads, such as `otobo adopt`. */
async function listPresetCommands(): Promise<string> {
  return (await loadPresets())
    .flatMap(({ command, cli = {} }) =>
      Object.entries(cli).map(
        ([word, { description }]) => `  rollcall ${`${command} ${word}`.padEnd(HELP_WIDTH)} ${description}\n`,
      ),
    )
    .join("");
}

const buildHelp =
  async (): Promise<string> => `rollcall ${VERSION}: unique numbers, a verified one-time bootstrap and safe scale-down for StatefulSets

${Object.entries(COMMANDS)
  .map(([name, { description }]) => `  rollcall ${name.padEnd(HELP_WIDTH)} ${description}`)
  .join("\n")}
${await listPresetCommands()}
  rollcall COMMAND --help     print the options of a command
  rollcall --version          print the version

Exit codes: 0 ok or allowed, 1 denied or a step failed, 2 usage or bad input, 3 the answer could not be determined.
`;

async function main([command, ...argv]: readonly string[]): Promise<number> {
  switch (command) {
    case "--version":
      return print(`rollcall ${VERSION}\n`);
    case "--help":
    case "-h":
    case "help":
      return print(await buildHelp());
    case undefined:
      return usage("missing command");
  }
  const found = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (found !== undefined) return runCommand(found.load, argv);
  const [word = "", ...rest] = argv;
  const preset = (await loadPresets()).find((each) => each.command === command);
  const own = preset?.cli !== undefined && Object.hasOwn(preset.cli, word) ? preset.cli[word] : undefined;
  return own === undefined ? usage(await explainUnknown(command)) : runCommand(own.load, rest);
}

async function runCommand(load: () => Promise<CommandRunner>, argv: readonly string[]): Promise<number> {
  try {
    const run = await load();
    return await run(argv);
  } catch (error) {
    if (error instanceof BadInput || error instanceof UnknownAnswer) return reportError(error, argv);
    throw error;
  }
}

/** Commands of the runner, whose program has the same name (init/commands/main.ts). */
const IN_PODS = ["install", "run", "status", "leave", "drain"];

const loadPresets = async () => (await import("../../presets/webhook.ts")).WEBHOOK_PRESETS;

async function explainUnknown(command: string): Promise<string> {
  const presets = await loadPresets();
  const isInPods = IN_PODS.includes(command) || presets.some((preset) => preset.command === command);
  return isInPods
    ? `${command} is a command of the runner, run it in a pod: ${formatExec(command)}`
    : `unknown command: ${command}`;
}

const formatExec = (command: string): string =>
  `\n  kubectl -n NAMESPACE exec POD -c CONTAINER -- ${buildRunnerCommand(RUNNER_MOUNT, command).join(" ")}`;

async function usage(fault: string): Promise<CliExit> {
  process.stderr.write(`rollcall: ${fault}\n\n${await buildHelp()}`);
  return CLI_EXIT.badInput;
}

function reportError(error: BadInput | UnknownAnswer, argv: readonly string[]): CliExit {
  process.stderr.write(`rollcall: ${error.message}\n`);
  // with -o json, stdout is always one JSON document
  if (isJsonRequested(argv)) process.stdout.write(`${JSON.stringify({ error: error.message })}\n`);
  return error instanceof BadInput ? CLI_EXIT.badInput : CLI_EXIT.unknown;
}

function isJsonRequested(argv: readonly string[]): boolean {
  return argv.some(
    (word, index) =>
      word === "-ojson" ||
      word === "--output=json" ||
      (/^(-o|--output)$/.test(word) && argv[index + 1] === "json"),
  );
}

function print(text: string): CliExit {
  process.stdout.write(text);
  return CLI_EXIT.ok;
}

// a reader that closes the pipe, such as `| head`, is not an error
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? CLI_EXIT.ok);
  throw error;
});

// the launcher cannot forward SIGKILL, and this process must not outlive it
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();

process.exitCode = await main(process.argv.slice(2));
