// The kind Generic: numbers, env, and steps that the profile's author writes.
import { definePreset } from "../../webhook/profiles/preset.ts";
import { compileGeneric } from "./profile/compile.ts";
import { generic } from "./profile/schema.ts";

export const genericPreset = definePreset({
  type: "Generic",
  field: "generic",
  kind: "generic",
  schema: generic,
  codes: {},
  compile: (spec, { placing }) => compileGeneric(spec, placing),
});
