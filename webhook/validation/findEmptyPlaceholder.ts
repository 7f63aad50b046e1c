// Placeholders that stand for nothing: {serviceName} of a StatefulSet without one, whose pods have no names in DNS.

import { deny, formatWarning } from "../denials/codes.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Template } from "../profiles/template.ts";
import type { SetFinding } from "./setFinding.ts";

/** A ring needs a serviceName in any case, and is denied without one. */
export function findEmptyPlaceholder({ spec }: StatefulSet, profile: Profile): SetFinding {
  if (spec.serviceName || profile.ring !== null) return {};
  const { name, env, release } = profile;
  const why =
    "and the StatefulSet has no spec.serviceName, so its pods have no names in DNS (its controller takes a subdomain of the pod " +
    "template away, too); create a headless Service and name it there, that field cannot be changed later";
  const variable = env.find(({ name: each, value }) => hasServiceName(value) && isTaken(spec, profile, each));
  if (variable !== undefined) {
    const message = `profile ${name} has {serviceName} in env ${variable.name}, ${why}`;
    return { denial: deny("placeholder-empty", message) };
  }
  if (!hasServiceName(release)) return {};
  return {
    warnings: [
      formatWarning("placeholder-empty", `profile ${name} has {serviceName} in its release, ${why}`),
    ],
  };
}

/** Whether some container takes the profile's value: one of its own wins. */
function isTaken({ template }: StatefulSet["spec"], { containers }: Profile, variable: string): boolean {
  const all = [...template.spec.containers, ...(template.spec.initContainers ?? [])];
  return all.some(
    ({ name, env }) => containers.includes(name) && !env?.some((each) => each.name === variable),
  );
}

const hasServiceName = (template: Template): boolean =>
  template.some((part) => typeof part === "object" && part.placeholder === "serviceName");
