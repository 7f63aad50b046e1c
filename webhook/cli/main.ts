// The command `rollcall` (also `kubectl rollcall`), one command a file.

import { buildRunnerCommand, RUNNER_MOUNT } from "../../init/contract/places.ts";
import { VERSION } from "../../init/contract/version.ts";
import { BadInput, CLI_EXIT, type CliExit, CouldNotAsk } from "./ending.ts";

type CommandRunner = (argv: readonly string[]) => Promise<CliExit>;

/** Each is loaded when it is asked for: the HTTPS server of `try` costs a start more than all the rest. */
const COMMANDS: Readonly<Record<string, { load: () => Promise<CommandRunner>; says: string }>> = {
  render: {
    load: async () => (await import("./render.ts")).render,
    says: "print the pods of a StatefulSet as the webhook would make them",
  },
  try: {
    load: async () => (await import("./try/command.ts")).tryCommand,
    says: "play a StatefulSet through the real HTTPS server, and run its steps with --run-steps",
  },
  check: {
    load: async () => (await import("./check/command.ts")).checkCommand,
    says: "say what the webhook would answer to a change of StatefulSets, and why",
  },
  schema: {
    load: async () => (await import("./printSchema.ts")).printSchema,
    says: "print the JSON Schema of a RollcallProfile, for editors",
  },
};

const HELP = `rollcall ${VERSION}: numbers the pods of a StatefulSet, gets their bootstrap done once and proven

${Object.entries(COMMANDS)
  .map(([name, { says }]) => `  rollcall ${name.padEnd(8)} ${says}`)
  .join("\n")}

  rollcall COMMAND --help     the options of a command
  --version

Exit codes: 0 yes or ok, 1 no (denied, a step failed), 2 usage or bad input, 3 could not find out.
`;

async function main([command, ...argv]: readonly string[]): Promise<CliExit> {
  switch (command) {
    case "--version":
      return print(`rollcall ${VERSION}\n`);
    case "--help":
    case "-h":
    case "help":
      return print(HELP);
    case undefined:
      return usage("a command is missing");
  }
  const found = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (found === undefined) return usage(await explainUnknown(command));
  try {
    const run = await found.load();
    return await run(argv);
  } catch (error) {
    if (error instanceof BadInput || error instanceof CouldNotAsk) return complain(error, argv);
    throw error;
  }
}

/** The runner goes by the same name (init/commands/main.ts). */
const IN_PODS = ["install", "run", "status", "leave", "drain"];

async function explainUnknown(command: string): Promise<string> {
  const { WEBHOOK_PRESETS } = await import("../../presets/webhook.ts");
  const isInPods = IN_PODS.includes(command) || WEBHOOK_PRESETS.some((preset) => preset.command === command);
  return isInPods
    ? `${command} is a command of the runner, inside of a pod: ${inPod(command)}`
    : `no such command: ${command}`;
}

const inPod = (command: string): string =>
  `\n  kubectl -n NAMESPACE exec POD -c CONTAINER -- ${buildRunnerCommand(RUNNER_MOUNT, command).join(" ")}`;

function usage(wrong: string): CliExit {
  process.stderr.write(`rollcall: ${wrong}\n\n${HELP}`);
  return CLI_EXIT.badInput;
}

function complain(error: BadInput | CouldNotAsk, argv: readonly string[]): CliExit {
  process.stderr.write(`rollcall: ${error.message}\n`);
  // with -o json stdout is one document, whatever happens
  if (asksForJson(argv)) process.stdout.write(`${JSON.stringify({ error: error.message })}\n`);
  return error instanceof BadInput ? CLI_EXIT.badInput : CLI_EXIT.unknown;
}

function asksForJson(argv: readonly string[]): boolean {
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

// a reader that has seen enough (`| head`) is no error
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? CLI_EXIT.ok);
  throw error;
});

// the launcher cannot pass SIGKILL on, and nothing of ours may outlive it
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();

process.exitCode = await main(process.argv.slice(2));
