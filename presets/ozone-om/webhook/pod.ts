// What a pod of type OzoneOM gets in addition to env and runner, and why a pod cannot be a member. Its configuration
// must come from env through the image's entrypoint, or the injected settings have no effect
// (docs/research/ozone.md#image-and-entrypoint).
import type { PatchOperation } from "../../../webhook/admission/answer.ts";
import type { Denial } from "../../../webhook/denials/codes.ts";
import {
  type Container,
  type ContainerTarget,
  type Pod,
  withoutEndSlashes,
} from "../../../webhook/kubernetes/objects.ts";
import { shorten } from "../../../webhook/kubernetes/shorten.ts";
import { ensureGracePeriod } from "../../../webhook/mutation/gracePeriod.ts";
import { parseSeconds } from "../../../webhook/profiles/fields.ts";
import type { PodInput } from "../../../webhook/profiles/presetPods.ts";
import { denyOzone } from "../codes.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { buildMemberProbes } from "./buildMemberProbes.ts";
import { buildFixedSettings, SITE } from "./env.ts";

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
    first(containers, commandFault) ??
    first(containers, (container) => fileFault(pod, container)) ??
    first(containers, (container) => settingFault(profile.name, buildFixedSettings(ozone), container))
  );
}

function first(
  containers: readonly Container[],
  fault: (container: Container) => Denial | null,
): Denial | null {
  return containers.map(fault).find((found) => found !== null) ?? null;
}

function commandFault({ name, command }: Container): Denial | null {
  if ((command ?? []).length === 0) return null;
  return denyOzone(
    "ozone-command-override",
    `container ${name} sets command, which bypasses the image's entrypoint, and that writes Ozone's configuration. Remove command, ` +
      "and start Ozone by args, such as args: [ozone, om].",
  );
}

/** The folder that the entrypoint writes to, and the one that it copies into it. */
const CONF_FOLDERS = ["/etc/hadoop", "/opt/hadoop/etc/hadoop"];
const SITE_FILE = "ozone-site.xml";

function fileFault(pod: Pod, container: Container): Denial | null {
  const said = container.env?.find(({ name }) => name === "OZONE_CONF_DIR")?.value;
  const folders = typeof said === "string" && said !== "" ? [...CONF_FOLDERS, said] : CONF_FOLDERS;
  const places = folders.flatMap((folder) => [folder, `${folder}/${SITE_FILE}`]);
  // an emptyDir makes the folder writable on a read-only root
  const empty = new Set(
    (pod.spec.volumes ?? []).filter((each) => "emptyDir" in each).map(({ name }) => name),
  );
  const mount = (container.volumeMounts ?? []).find(
    ({ name, mountPath }) => places.includes(withoutEndSlashes(mountPath)) && !empty.has(name),
  );
  const args = container["args"];
  const isNamed = Array.isArray(args) && args.some((word) => word === "--conf" || word === "-conf");
  if (mount === undefined && !isNamed) return null;
  const what =
    mount === undefined
      ? `container ${container.name} names a configuration file in its args (--conf)`
      : `container ${container.name} mounts volume ${mount.name} at ${mount.mountPath}`;
  return denyOzone(
    "ozone-config-file",
    `${what}, but the image's entrypoint generates ${SITE_FILE} from env alone, which Rollcall adds to. Set each property of ` +
      `that file as an env variable ${SITE}NAME (envFrom works, too), and remove the file.`,
  );
}

function settingFault(
  profile: string,
  fixed: Readonly<Record<string, string>>,
  container: Container,
): Denial | null {
  for (const [setting, value] of Object.entries(fixed)) {
    const own = container.env?.find(({ name }) => name === `${SITE}${setting}`);
    if (own === undefined || own.valueFrom || own.value === value) continue;
    return denyOzone(
      "ozone-config-conflict",
      `container ${container.name} sets ${setting} to ${JSON.stringify(shorten(own.value ?? ""))}, and profile ${profile} to ${JSON.stringify(value)}. ` +
        "With another directory or service it would be another member. Set the same value in env and profile.",
    );
  }
  return null;
}

/** The operations of type OzoneOM. */
export function buildOzoneChanges(
  pod: Pod,
  { ozone }: OzoneMembers,
  member: ContainerTarget,
): PatchOperation[] {
  return [...buildMemberProbes(member, ozone), ...ensureGracePeriod(pod, parseSeconds(ozone.leave))];
}
