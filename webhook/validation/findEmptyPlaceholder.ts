// Finds placeholders without a value: {serviceName} if the StatefulSet has no serviceName, and so its pods no DNS names.

import { deny, formatWarning } from "../denials/codes.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Template } from "../profiles/template.ts";
import type { SetFinding } from "./setFinding.ts";

/** Rings are left out: another rule denies them without a serviceName. */
export function findEmptyPlaceholder({ spec }: StatefulSet, profile: Profile): SetFinding {
  if (spec.serviceName || profile.ring !== null) return {};
  const { name, env, release } = profile;
  const why =
    "but the StatefulSet has no spec.serviceName, so its pods have no DNS names (the controller also removes a subdomain of the pod " +
    "template). Create a headless Service and name it in spec.serviceName, which cannot be changed later.";
  const variable = env.find(({ name: each, value }) => hasServiceName(value) && isUsed(spec, profile, each));
  if (variable !== undefined) {
    const message = `profile ${name} uses {serviceName} in env ${variable.name}, ${why}`;
    return { denial: deny("placeholder-empty", message) };
  }
  if (!hasServiceName(release)) return {};
  return {
    warnings: [
      formatWarning("placeholder-empty", `profile ${name} uses {serviceName} in its releaseID, ${why}`),
    ],
  };
}

/** Whether a container gets the profile's value; it does not if it sets the variable itself. */
function isUsed({ template }: StatefulSet["spec"], { containers }: Profile, variable: string): boolean {
  const all = [...template.spec.containers, ...(template.spec.initContainers ?? [])];
  return all.some(
    ({ name, env }) => containers.includes(name) && !env?.some((each) => each.name === variable),
  );
}

const hasServiceName = (template: Template): boolean =>
  template.some((part) => typeof part === "object" && part.placeholder === "serviceName");
