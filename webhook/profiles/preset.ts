// The webhook's interface to a kind of workload. Its code is in presets/<kind>, and presets/webhook.ts lists all of them.
// The core depends on these interfaces only.
import type * as z from "zod";
import type { CodeTable } from "../denials/codes.ts";
import type { ChartHabits } from "./chartHabits.ts";
import type { PlacementSettings } from "./placing.ts";
import type { PresetSettings, ProfileIdentity } from "./profile.ts";

/** A kind of workload: the schema of its part of a profile's spec, and how that part is compiled. */
export interface WebhookPreset {
  /** the value of spec.type */
  readonly type: string;
  /** the field of the spec that belongs to the type */
  readonly field: string;
  /** the kind's name in plans, markers and records; never changes */
  readonly kind: string;
  readonly schema: z.ZodType;
  /** the kind's own command of the runner, if it has one */
  readonly command?: string;
  /** words after `command` that the CLI runs on an administrator's machine, unlike the runner's */
  readonly cli?: Readonly<Record<string, PresetCliCommand>>;
  /** the codes of its denials and warnings */
  readonly codes: CodeTable;
  /** what a Helm chart of this kind does beside Rollcall */
  readonly chart?: ChartHabits;
  /** @param spec the output of `schema` */
  compile(this: void, spec: unknown, context: CompileContext): PresetSettings;
}

/** A command of the CLI that belongs to a kind of workload. */
export interface PresetCliCommand {
  readonly description: string;
  /** loads the command on demand; it resolves with the exit code, or throws BadInput */
  load(this: void): Promise<(argv: readonly string[]) => Promise<number>>;
}

export interface CompileContext extends ProfileIdentity {
  /** how the profile places the runner */
  readonly placing: PlacementSettings;
}

/** Defines a preset whose `compile` is typed by its schema. */
export function definePreset<S extends z.ZodType>(
  preset: Omit<WebhookPreset, "schema" | "compile"> & {
    readonly schema: S;
    compile(this: void, spec: z.output<S>, context: CompileContext): PresetSettings;
  },
): WebhookPreset {
  // safe: the profile's schema has parsed the preset's field with this schema
  return { ...preset, compile: (spec, context) => preset.compile(spec as z.output<S>, context) };
}

/** The number of pods that get none: all pods are alike. */
export const NO_NUMBER = {
  env: null,
  value: "number",
  base: 0,
  max: 0,
  pool: null,
  size: 1,
  shared: true,
} as const satisfies PresetSettings["nodeId"];

/** The settings of a type whose pods only get numbers; other types override them. */
export const NUMBERS_ONLY = {
  env: [],
  envFrom: [],
  s3: [],
  files: [],
  release: [],
  work: null,
  ring: null,
  pods: {},
} as const satisfies Partial<PresetSettings>;
