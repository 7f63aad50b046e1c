// What a kind of workload is to the webhook. Its code is in presets/<kind>, and presets/webhook.ts lists all of them; the
// core knows a kind by these interfaces alone.
import type * as z from "zod";
import type { CodeTable } from "../denials/codes.ts";
import type { PlacementSettings } from "./placing.ts";
import type { PresetSettings, ProfileIdentity } from "./profile.ts";

/** A kind of workload: its part of a profile's spec, and how that is compiled. */
export interface WebhookPreset {
  /** the value of spec.type */
  readonly type: string;
  /** the field of the spec that belongs to the type */
  readonly field: string;
  /** the word in plans, markers and records; never changes */
  readonly kind: string;
  readonly schema: z.ZodType;
  /** the runner's command that is the kind's own; none for kinds without one */
  readonly command?: string;
  /** what its denials and warnings are called */
  readonly codes: CodeTable;
  /** @param spec what the schema has made of the field */
  compile(this: void, spec: unknown, context: CompileContext): PresetSettings;
}

export interface CompileContext extends ProfileIdentity {
  /** how the profile places the runner */
  readonly placing: PlacementSettings;
}

/** A preset whose `compile` gets what its schema makes. */
export function definePreset<S extends z.ZodType>(
  preset: Omit<WebhookPreset, "schema" | "compile"> & {
    readonly schema: S;
    compile(this: void, spec: z.output<S>, context: CompileContext): PresetSettings;
  },
): WebhookPreset {
  // the schema of the whole profile has this schema at the preset's field
  return { ...preset, compile: (spec, context) => preset.compile(spec as z.output<S>, context) };
}

/** The settings of a kind whose pods get numbers and nothing else; other kinds say what they have beside. */
export const NUMBERS_ALONE = {
  env: [],
  envFrom: [],
  s3: [],
  files: [],
  release: [],
  work: null,
  ring: null,
  pods: {},
} as const satisfies Partial<PresetSettings>;
