// The runner's interface to a kind of workload. The code of a kind is in presets/<kind>, and presets/runner.ts lists
// all kinds. The core uses only these interfaces, and loads only the kind of its plan.
import type { Plan } from "../contract/plan.ts";
import type { LeaveOutcome } from "./leave/leave.ts";
import type { World } from "./ports.ts";
import type { RingTrust, RingWorld } from "./ringPorts.ts";
import type { RunOutcome } from "./run.ts";

/** A kind with its own code in the runner. */
export interface RunnerPreset {
  /** the kind's name in plans */
  readonly kind: string;
  /** the kind's own command, `rollcall NAME …`, if any */
  readonly command?: PresetCommand;
  /** a pod takes up content while it runs, if its plan has a part of the kind's own; `status` shows the record of it */
  readonly recordsContent?: true;
  /** the kind's own code runs its plans; otherwise the engine runs their steps */
  readonly ownsPlans?: true;
  load(): Promise<PresetRunner>;
}

export interface PresetCommand {
  readonly name: string;
  /** lines of `rollcall --help` */
  readonly help: string;
  /** its exit codes are those of `status` */
  readonly reportsStatus?: true;
}

/** The kind's own code. */
export interface PresetRunner {
  /** Reads the kind's part of a plan. @returns how to run it, or one line that says what is wrong */
  openPlan?(plan: Plan): PlanRunner | { wrong: string };
  /** Runs the kind's own command. @returns the exit code */
  runCommand?(words: readonly string[], host: CommandHost): Promise<number>;
}

/** The kind's own way to run a plan. A missing method is replaced by the engine's. */
export interface PlanRunner {
  run?(host: PresetHost): Promise<RunOutcome>;
  /** Leaves, if the pod's ordinal is to be removed. */
  leave?(host: PresetHost): Promise<LeaveOutcome>;
}

/** The ports of a plan, and those that are opened only on demand. */
export interface PresetHost {
  readonly world: World;
  openRingWorld(ring: RingTrust): Promise<RingWorld>;
}

/** The context of a command. */
export interface CommandHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stop: AbortSignal;
  readonly runId: string;
  /** prints a line of progress */
  readonly say: (line: string) => void;
  /** Reports a usage error. @returns the exit code */
  readonly refuseUsage: (wrong: string) => number;
}
