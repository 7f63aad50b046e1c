// What the Helm chart of a kind of workload does that Rollcall does, too: `rollcall post-render` takes it out.
import type { Pod, StatefulSet } from "../kubernetes/objects.ts";

/** A Job that is a hook of the chart. */
export interface HookJob {
  readonly name: string;
  readonly spec: Pod["spec"];
}

export interface ChartHabits {
  /** Names of the init containers that do what rollcall-init does. */
  listOwnInits(set: StatefulSet): readonly string[];
  /** Whether the Job changes the workload beside Rollcall. */
  isConflictingHook(job: HookJob): boolean;
  /** Names of the Jobs that the chart has as hooks for this change, as far as the StatefulSet shows them. */
  listConflictingHooks(set: StatefulSet): readonly string[];
}
