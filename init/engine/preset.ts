// What a kind of workload is to the runner. Its code is in presets/<kind>, and presets/runner.ts lists all of them; the
// core knows a kind by these interfaces alone, and loads only the one of its plan.
import type { Plan } from "../contract/plan.ts";
import type { LeaveOutcome } from "./leave/leave.ts";
import type { World } from "./ports.ts";
import type { RingWorld } from "./ringPorts.ts";
import type { RunOutcome } from "./run.ts";

/** A kind with code of its own in the runner. */
export interface RunnerPreset {
  /** the word in plans */
  readonly kind: string;
  /** its own command, `rollcall NAME …`; none for kinds without one */
  readonly command?: PresetCommand;
  /** its own code carries out its plans; otherwise their steps are all there is to do */
  readonly ownsPlans?: true;
  load(): Promise<PresetRunner>;
}

export interface PresetCommand {
  readonly name: string;
  /** lines of `rollcall --help` */
  readonly help: string;
  /** it answers questions, so its exit codes are those of `status` */
  readonly asks?: true;
}

/** What a kind does in its own way. */
export interface PresetRunner {
  /** Reads the kind's part of a plan. @returns how it is carried out, or one line that says what is wrong */
  openPlan?(plan: Plan): PlanRunner | { wrong: string };
  /** Carries out the kind's own command. @returns the exit code */
  runCommand?(words: readonly string[], host: CommandHost): Promise<number>;
}

/** A plan that is carried out in its kind's own way. What is left out is done as the plan says. */
export interface PlanRunner {
  run?(host: PresetHost): Promise<RunOutcome>;
  /** Leaves, where the pod's ordinal goes. */
  leave?(host: PresetHost): Promise<LeaveOutcome>;
}

/** The world of a plan, and what is opened of it only where it is needed. */
export interface PresetHost {
  readonly world: World;
  openRingWorld(ring: { readonly caFile: string | null }): Promise<RingWorld>;
}

/** What a command is started with. */
export interface CommandHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stop: AbortSignal;
  readonly runId: string;
  /** a line of what is done */
  readonly say: (line: string) => void;
  /** Tells what is wrong with the words. @returns the exit code */
  readonly refuseUsage: (wrong: string) => number;
}
