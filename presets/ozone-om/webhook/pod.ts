// What a pod of type OzoneOM gets in addition to env and runner, and why a pod cannot be a member. Its configuration
// must come from env through the image's entrypoint, or the injected settings have no effect
// (docs/research/ozone.md#image-and-entrypoint).
import type { PatchOperation } from "../../../webhook/admission/answer.ts";
import type { Denial } from "../../../webhook/denials/codes.ts";
import type { Container, ContainerTarget, Pod } from "../../../webhook/kubernetes/objects.ts";
import { shorten } from "../../../webhook/kubernetes/shorten.ts";
import { ensureGracePeriod } from "../../../webhook/mutation/gracePeriod.ts";
import { parseSeconds } from "../../../webhook/profiles/fields.ts";
import type { PodInput } from "../../../webhook/profiles/presetPods.ts";
import { denyOzone } from "../codes.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { buildMemberProbes } from "./buildMemberProbes.ts";
import { buildFixedSettings, HTTP_POLICY, SITE } from "./env.ts";
import { findConfigFileFault } from "./findConfigFile.ts";

/** Why a pod cannot be a member of the profile's ring, or null. */
export function findOzoneFault(
  { pod, profile, member }: PodInput & { profile: OzoneMembers },
  targets: readonly ContainerTarget[],
): Denial | null {
  const { ozone } = profile;
  if (member.serviceName === "") {
    return denyOzone(
      "ozone-service-missing",
      "the StatefulSet has no spec.serviceName, so its members have no DNS names. Create a headless Service with " +
        "publishNotReadyAddresses: true, and set spec.serviceName to its name (the field is immutable).",
    );
  }
  const containers = targets.map(({ container }) => container);
  return (
    findConfigurationFault(pod, targets, "the Ozone Manager") ??
    first(containers, (container) => settingFault(profile.name, buildFixedSettings(ozone), container)) ??
    first(containers, (container) => httpPolicyFault(profile, container))
  );
}

/**
 * Why variables would not configure the containers, or null.
 * @param who is configured, for messages
 */
export function findConfigurationFault(
  pod: Pod,
  targets: readonly ContainerTarget[],
  who: "the Ozone Manager" | "a client",
): Denial | null {
  const containers = targets.map(({ container }) => container);
  return (
    first(containers, (container) => commandFault(container, who === "a client" ? "s3g" : "om")) ??
    first(containers, (container) => findConfigFileFault(pod, container, who))
  );
}

function first(
  containers: readonly Container[],
  fault: (container: Container) => Denial | null,
): Denial | null {
  return containers.map(fault).find((found) => found !== null) ?? null;
}

/** @param daemon for the example */
function commandFault({ name, command }: Container, daemon: string): Denial | null {
  if ((command ?? []).length === 0) return null;
  return denyOzone(
    "ozone-command-override",
    `container ${name} sets command, which bypasses the image's entrypoint, and that writes Ozone's configuration. Remove command, ` +
      `and start Ozone by args, such as args: [ozone, ${daemon}].`,
  );
}

/** The values of ozone.http.policy with HTTPS, for which a container needs keystores. */
const SECURE_POLICIES: readonly string[] = ["HTTPS_ONLY", "HTTP_AND_HTTPS"];

function settingFault(
  profile: string,
  fixed: Readonly<Record<string, string>>,
  container: Container,
): Denial | null {
  for (const [setting, value] of Object.entries(fixed)) {
    const own = container.env?.find(({ name }) => name === `${SITE}${setting}`);
    if (own === undefined || own.valueFrom || own.value === value) continue;
    // the profile's replaces it: on the way from one to the other, container and profile cannot change at once
    if (setting === HTTP_POLICY && SECURE_POLICIES.includes(own.value?.toUpperCase() ?? "")) continue;
    const why =
      setting === HTTP_POLICY
        ? "Its web server would get a policy that the container is not made for."
        : "With another directory or service it would be another member.";
    return denyOzone(
      "ozone-config-conflict",
      `container ${container.name} sets ${setting} to ${JSON.stringify(shorten(own.value ?? ""))}, and profile ${profile} to ${JSON.stringify(value)}. ` +
        `${why} Set the same value in env and profile.`,
    );
  }
  return null;
}

/** Without the profile's httpPolicy members are asked over HTTP, which HTTPS_ONLY closes. */
function httpPolicyFault({ name: profile, ozone }: OzoneMembers, { name, env }: Container): Denial | null {
  const own = env?.find((variable) => variable.name === `${SITE}${HTTP_POLICY}`)?.value;
  if (ozone.https !== null || own?.toUpperCase() !== "HTTPS_ONLY") return null;
  return denyOzone(
    "ozone-config-conflict",
    `container ${name} sets ${HTTP_POLICY} to HTTPS_ONLY, but profile ${profile} has no httpPolicy, so members would be asked over HTTP and ` +
      "never answer. Have a cluster admin set httpPolicy and caBundle in the profile.",
  );
}

/** The operations of type OzoneOM. */
export function buildOzoneChanges(
  pod: Pod,
  { ozone }: OzoneMembers,
  member: ContainerTarget,
): PatchOperation[] {
  return [...buildMemberProbes(member, ozone), ...ensureGracePeriod(pod, parseSeconds(ozone.leave))];
}
