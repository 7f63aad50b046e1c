// Profiles from what the schema has accepted to what the decisions use, frozen.
import { WEBHOOK_PRESETS } from "../../presets/webhook.ts";
import { compilePlacement } from "./placing.ts";
import type { Profile, ProfileIdentity } from "./profile.ts";
import type { ProfileSpec } from "./schema.ts";

const BY_TYPE = new Map(WEBHOOK_PRESETS.map((preset) => [preset.type, preset]));

/** Compiles what the schema has accepted. */
export function compile(identity: ProfileIdentity, spec: ProfileSpec): Profile {
  const preset = BY_TYPE.get(spec.type);
  if (preset === undefined) throw new Error(`the schema has accepted a profile of type ${spec.type}`);
  const written: Readonly<Record<string, unknown>> = spec;
  const context = { ...identity, placing: compilePlacement(spec.runner) };
  const { containers, ...settings } = preset.compile(written[preset.field], context);
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

/** Where nothing protects pods from going, nothing is lost while the webhook is down. */
function chooseSelectorLabel(
  written: ProfileSpec["selectorLabel"],
  letsGo: boolean,
): Profile["selectorLabel"] {
  if (written === undefined) return letsGo ? "warn" : "require";
  return written === "Require" ? "require" : "warn";
}
