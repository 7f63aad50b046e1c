// The commands of the runner, one a line of this table. Those of presets are theirs (presets/runner.ts). What `runCommand` does not
// need is loaded when it is asked for: `runCommand` starts in every pod.
import type { parseArgs } from "node:util";
import { EXIT } from "../contract/exit.ts";
import { INSTALL_MOUNT, TERMINATION_LOG } from "../contract/places.ts";
import type { Failure } from "../engine/failure.ts";
import type { PodReport } from "../engine/message.ts";
import { type CommandResult, endWithFault, tellEnd } from "./end.ts";
import { getRunnerFolder } from "./getRunnerFolder.ts";
import { logInContainer } from "./out.ts";
import { type RunSurroundings, runCommand } from "./run.ts";

export const OPTIONS = {
  to: { type: "string", default: INSTALL_MOUNT },
  from: { type: "string" },
  output: { type: "string", short: "o", default: "text" },
  "termination-log": { type: "string", default: TERMINATION_LOG },
  version: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

export interface CommandInput {
  readonly values: Values;
  /** another program's command line, behind `--` */
  readonly program: readonly string[];
  readonly surroundings: RunSurroundings;
  /** Tells what is wrong with the words. @returns the exit code */
  readonly refuseUsage: (wrong: string) => number;
}

export interface Command {
  readonly name: string;
  readonly help: string;
  /** it takes another program's command line behind `--` */
  readonly takesProgram?: true;
  /** @returns the exit code */
  run(input: CommandInput): Promise<number>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: "install",
    help: `  install [--to DIR] [--from DIR]   copy the runner to a volume (default ${INSTALL_MOUNT}) and prove that it starts`,
    run: (input) => runInit(input, () => installRunner(input.values)),
  },
  {
    name: "run",
    help: "  run                               carry out the plan in ROLLCALL_PLAN",
    run: (input) => runInit(input, () => runPlan(input.surroundings)),
  },
  {
    name: "status",
    help: "  status [-o json]                  what this pod's markers say",
    run: async ({ values, surroundings, refuseUsage }) => {
      const { printStatus } = await import("./status.ts");
      return printStatus(values.output, surroundings.env, refuseUsage);
    },
  },
  {
    name: "leave",
    help: `  leave [-- COMMAND...]             the preStop: leave where this ordinal is going for good; then COMMAND, the
                                    application's own preStop`,
    takesProgram: true,
    run: ({ program, surroundings }) => {
      logInContainer();
      return runInApplication("leave", program, surroundings);
    },
  },
  {
    name: "drain",
    help: "  drain                             leave beforehand, for scaleDown.policy Drained, and record it",
    run: ({ surroundings }) => runInApplication("drain", [], surroundings),
  },
];

/** In an init container of ours, whose termination message is ours to write. */
async function runInit(
  { values, surroundings }: CommandInput,
  work: () => Promise<CommandResult>,
): Promise<number> {
  return tellEnd(await work().catch(endWithFault), values["termination-log"], surroundings.log);
}

/** In the application's container, whose termination message is the application's. */
async function runInApplication(
  how: "leave" | "drain",
  program: readonly string[],
  surroundings: RunSurroundings,
): Promise<number> {
  const leave = async (): Promise<CommandResult> => {
    const { runLeave } = await import("./leave.ts");
    const { failure, own } = await runLeave(how, program, surroundings);
    return { failure, story: null, code: own };
  };
  return tellEnd(await leave().catch(endWithFault), null, surroundings.log);
}

async function installRunner({ from, to }: Values): Promise<CommandResult> {
  const { install } = await import("./install.ts");
  const why = await install(from ?? getRunnerFolder(), to);
  return endWith(why === null ? null : { name: "install-failed", why }, null);
}

async function runPlan(surroundings: RunSurroundings): Promise<CommandResult> {
  const end = await runCommand(surroundings);
  return "wrong" in end
    ? endWith({ name: "invalid-plan", why: end.wrong }, null)
    : endWith(end.failure, end.story);
}

const endWith = (failure: Failure | null, story: PodReport | null): CommandResult => ({
  failure,
  story,
  code: EXIT.done,
});
