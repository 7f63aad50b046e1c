// The compiled profile that decisions use: defaults filled in, templates parsed, durations in seconds.
import type { PlanLeave, PlanStep } from "../../init/contract/plan.ts";
import type { MarkerSettings } from "./markers.ts";
import type { PlacementSettings } from "./placing.ts";
import type { PresetPods } from "./presetPods.ts";
import type { NumberRange } from "./range.ts";
import type { RingProfile } from "./ringProfile.ts";
import type { RunnerS3 } from "./s3.ts";
import type { S3Variable } from "./s3Env.ts";
import type { ScaleDownSettings } from "./scaleDown.ts";
import type { Template } from "./template.ts";

/** Identifies one edit of a stored profile. */
export interface ProfileVersion {
  readonly uid: string;
  readonly generation: number;
}

/** Whether two versions are the same edit. Profiles from files have no version and count as the same edit. */
export const isSameVersion = (a: ProfileVersion | null, b: ProfileVersion | null): boolean =>
  a?.uid === b?.uid && a?.generation === b?.generation;

export interface ProfileIdentity {
  readonly name: string;
  /** null: read from a file */
  readonly version: ProfileVersion | null;
}

export interface Profile extends ProfileIdentity {
  /** the name of its preset in plans and markers */
  readonly kind: string;
  readonly mode: "enforce" | "warn";
  readonly namespaces: readonly string[];
  /** the first one's image runs the steps */
  readonly containers: readonly [string, ...string[]];
  /**
   * env: null if the pods get no number and need no ordinal, so that any controller may own them; value: what the
   * variable holds; a pod name overrides a value that the container sets
   */
  readonly nodeId: NumberRange & { readonly env: string | null; readonly value: "number" | "pod name" };
  readonly env: readonly { readonly name: string; readonly value: Template }[];
  readonly envFrom: readonly unknown[];
  /** S3 settings as env of the application */
  readonly s3: readonly S3Variable[];
  /** files for the runner and, without `initOnly`, for all containers; mounted from volumes of the pod */
  readonly files: readonly FileMount[];
  readonly release: Template;
  /** null: no init containers, only numbers and env */
  readonly work: RunnerSpec | null;
  readonly drop: ScaleDownSettings;
  readonly selectorLabel: "require" | "warn";
  /** null: the pods are not members of a ring */
  readonly ring: RingProfile | null;
  /** the kind's hooks */
  readonly pods: PresetPods;
}

/** The part of a compiled profile that its preset compiles. */
export type PresetSettings = Omit<
  Profile,
  keyof ProfileIdentity | "kind" | "mode" | "namespaces" | "containers" | "selectorLabel"
> & { readonly containers: readonly string[] };

/** A Secret or ConfigMap in the workload's namespace, mounted read-only. */
export interface FileMount {
  readonly volume: string;
  readonly mountPath: string;
  readonly source: Readonly<Record<string, unknown>>;
  /** only rollcall-init mounts it, because no process of the application reads it */
  readonly initOnly?: true;
}

/** What the runner does, and where its init containers are placed. */
export interface RunnerSpec extends PlacementSettings {
  readonly steps: readonly PlanStep[];
  readonly leave: PlanLeave | null;
  readonly markers: MarkerSettings;
  /** null: the runner does not use S3 */
  readonly s3: RunnerS3 | null;
  /** a command in the pod that prints what identifies the release in addition to `release` */
  readonly releaseFrom?: readonly string[];
  /** rollcall-init runs through the entrypoint of the application's image, which writes the configuration */
  readonly keepsEntrypoint?: true;
  readonly lock: { readonly store: "lease" | "s3"; readonly seconds: number };
}
