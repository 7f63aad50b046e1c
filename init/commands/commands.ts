// The commands of the runner. Presets add their own (presets/runner.ts). Code that `run` does not need is loaded on
// demand, because `run` starts in every pod.
import type { parseArgs } from "node:util";
import { EXIT } from "../contract/exit.ts";
import { INSTALL_MOUNT, TERMINATION_LOG } from "../contract/places.ts";
import type { Failure } from "../engine/failure.ts";
import type { PodReport } from "../engine/message.ts";
import { type CommandResult, endWithFault, reportResult } from "./end.ts";
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
  /** another program's command line, after `--` */
  readonly program: readonly string[];
  readonly surroundings: RunSurroundings;
  /** Reports a usage error. @returns the exit code */
  readonly refuseUsage: (wrong: string) => number;
}

export interface Command {
  readonly name: string;
  readonly help: string;
  /** it takes another program's command line after `--` */
  readonly takesProgram?: true;
  /** @returns the exit code */
  run(input: CommandInput): Promise<number>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: "install",
    help: `  install [--to DIR] [--from DIR]   copy the runner to a volume (default ${INSTALL_MOUNT}) and check that it starts`,
    run: (input) => runInit(input, () => installRunner(input.values)),
  },
  {
    name: "run",
    help: "  run                               carry out the plan in ROLLCALL_PLAN",
    run: (input) => runInit(input, () => runPlan(input.surroundings)),
  },
  {
    name: "status",
    help: "  status [-o json]                  show which steps this pod's markers prove",
    run: async ({ values, surroundings, refuseUsage }) => {
      const { printStatus } = await import("./status.ts");
      return printStatus(values.output, surroundings.env, refuseUsage);
    },
  },
  {
    name: "leave",
    help: `  leave [-- COMMAND...]             the preStop: leave if this ordinal is removed for good; then run COMMAND, the
                                    application's own preStop`,
    takesProgram: true,
    run: ({ program, surroundings }) => {
      logInContainer();
      return runInApplication("leave", program, surroundings);
    },
  },
  {
    name: "drain",
    help: "  drain                             leave before the scale-down, for scaleDown.policy Drained, and record it",
    run: ({ surroundings }) => runInApplication("drain", [], surroundings),
  },
];

/** Runs in an init container of Rollcall, and writes its termination message. */
async function runInit(
  { values, surroundings }: CommandInput,
  work: () => Promise<CommandResult>,
): Promise<number> {
  return reportResult(await work().catch(endWithFault), values["termination-log"], surroundings.log);
}

/** Runs in the application's container, whose termination message belongs to the application. */
async function runInApplication(
  how: "leave" | "drain",
  program: readonly string[],
  surroundings: RunSurroundings,
): Promise<number> {
  const leave = async (): Promise<CommandResult> => {
    const { runLeave } = await import("./leave.ts");
    const { failure, own } = await runLeave(how, program, surroundings);
    return { failure, report: null, code: own };
  };
  return reportResult(await leave().catch(endWithFault), null, surroundings.log);
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
    : endWith(end.failure, end.report);
}

const endWith = (failure: Failure | null, report: PodReport | null): CommandResult => ({
  failure,
  report,
  code: EXIT.done,
});
