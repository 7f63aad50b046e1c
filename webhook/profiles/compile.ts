// Compiles a parsed spec into the frozen Profile that decisions use.
import { WEBHOOK_PRESETS } from "../../presets/webhook.ts";
import { compilePlacement } from "./placing.ts";
import type { Profile, ProfileIdentity } from "./profile.ts";
import type { ProfileSpec } from "./schema.ts";

const BY_TYPE = new Map(WEBHOOK_PRESETS.map((preset) => [preset.type, preset]));

/** @param spec the schema's output */
export function compile(identity: ProfileIdentity, spec: ProfileSpec): Profile {
  const preset = BY_TYPE.get(spec.type);
  if (preset === undefined) throw new Error(`no preset for profile type ${spec.type}`);
  const fields: Readonly<Record<string, unknown>> = spec;
  const context = { ...identity, placing: compilePlacement(spec.runner) };
  const { containers, ...settings } = preset.compile(fields[preset.field], context);
  const [first = "", ...others] = containers;
  return Object.freeze({
    ...identity,
    kind: preset.kind,
    mode: spec.mode === "Warn" ? "warn" : "enforce",
    namespaces: spec.namespaces,
    containers: [first, ...others] as const,
    selectorLabel: chooseSelectorLabel(spec.selectorLabel, settings.drop.policy === "allow"),
    ...settings,
  });
}

/** With policy Allow there is no protection that a webhook outage could bypass, so a warning is enough. */
function chooseSelectorLabel(
  setting: ProfileSpec["selectorLabel"],
  allowsScaleDown: boolean,
): Profile["selectorLabel"] {
  if (setting === undefined) return allowsScaleDown ? "warn" : "require";
  return setting === "Require" ? "require" : "warn";
}
