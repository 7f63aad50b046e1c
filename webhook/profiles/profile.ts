// A profile as the decisions use it: defaults filled in, templates parsed, durations in seconds.
import type { PlanLeave, PlanStep } from "../../init/contract/plan.ts";
import type { MarkerSettings } from "./markers.ts";
import type { PlacementSettings } from "./placing.ts";
import type { PresetPods } from "./presetPods.ts";
import type { NumberRange } from "./range.ts";
import type { RingProfile } from "./ringProfile.ts";
import type { S3Reach } from "./s3.ts";
import type { S3Variable } from "./s3Env.ts";
import type { ScaleDownSettings } from "./scaleDown.ts";
import type { Template } from "./template.ts";

/** Which edit of a stored profile it is. */
export interface ProfileVersion {
  readonly uid: string;
  readonly generation: number;
}

/** Whether two versions are the same edit; of profiles from files none is known, and none is told from another. */
export const isSameVersion = (a: ProfileVersion | null, b: ProfileVersion | null): boolean =>
  a?.uid === b?.uid && a?.generation === b?.generation;

export interface ProfileIdentity {
  readonly name: string;
  /** null: it was read from a file, not from the API server */
  readonly version: ProfileVersion | null;
}

export interface Profile extends ProfileIdentity {
  /** the word of its preset in plans and markers */
  readonly kind: string;
  readonly mode: "enforce" | "warn";
  readonly namespaces: readonly string[];
  /** the first one's image runs the steps */
  readonly containers: readonly [string, ...string[]];
  /** value: what the variable holds; a pod's name takes the place of what the container says */
  readonly nodeId: NumberRange & { readonly env: string; readonly value: "number" | "pod name" };
  readonly env: readonly { readonly name: string; readonly value: Template }[];
  readonly envFrom: readonly unknown[];
  /** S3 settings as env of the application */
  readonly s3: readonly S3Variable[];
  /** files for all of the containers and for the runner, as volumes of the pod */
  readonly files: readonly FileMount[];
  readonly release: Template;
  /** null: numbers and env only, no init containers */
  readonly work: RunnerSpec | null;
  readonly drop: ScaleDownSettings;
  readonly selectorLabel: "require" | "warn";
  /** the ring that the pods are members of; null: they are no ring */
  readonly ring: RingProfile | null;
  /** what its kind adds to its pods */
  readonly pods: PresetPods;
}

/** The part of a compiled profile that its kind decides. */
export type PresetSettings = Omit<
  Profile,
  keyof ProfileIdentity | "kind" | "mode" | "namespaces" | "containers" | "selectorLabel"
> & { readonly containers: readonly string[] };

/** A Secret or ConfigMap of the workload's namespace, mounted read-only. */
export interface FileMount {
  readonly volume: string;
  readonly mountPath: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/** What our init containers do, and where. */
export interface RunnerSpec extends PlacementSettings {
  readonly steps: readonly PlanStep[];
  readonly leave: PlanLeave | null;
  readonly markers: MarkerSettings;
  /** how the runner reaches S3; null: it does not */
  readonly s3: S3Reach | null;
  /** what prints the rest of what makes a release, in the pod */
  readonly releaseFrom?: readonly string[];
  /** rollcall-init starts through the entrypoint of the application's image, which writes its configuration */
  readonly keepsEntrypoint?: true;
  readonly lock: { readonly store: "lease" | "s3"; readonly seconds: number };
}
