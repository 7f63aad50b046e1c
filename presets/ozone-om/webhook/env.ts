// The static superset: every member is configured with all possible members, by DNS name, so that the configuration
// does not depend on the replicas and no member restarts for a scale-up (docs/research/ozone.md#static-superset).

import type { PodIdentity } from "../../../webhook/kubernetes/objects.ts";
import { type EnvRequirement, escapeEnvRefs } from "../../../webhook/mutation/env.ts";
import type { OzoneMembers, OzoneProfile } from "../profile/schema.ts";

/**
 * The prefix by which the image's entrypoint reads Ozone's configuration from env
 * (docs/research/ozone.md#image-and-entrypoint).
 */
export const SITE = "OZONE-SITE.XML_";

/** The fully qualified host name of a member. Never an IP: peers resolve it before the member is ready. */
export function buildMemberHost(
  { statefulSet, serviceName, namespace }: PodIdentity,
  { clusterDomain }: OzoneProfile,
  ordinal: number,
): string {
  return `${buildMemberId(statefulSet, ordinal)}.${serviceName}.${namespace}.svc.${clusterDomain}`;
}

/** ozone.om.node.id of a member: the name of its pod. */
export const buildMemberId = (statefulSet: string, ordinal: number): string => `${statefulSet}-${ordinal}`;

/** All possible ordinals. */
export const listPossibleOrdinals = ({ maxReplicas }: OzoneProfile): number[] =>
  Array.from({ length: maxReplicas }, (_, ordinal) => ordinal);

/**
 * With it the entrypoint initialises an empty volume, which turns a lost member into a new one
 * (docs/research/ozone.md#image-and-entrypoint).
 */
export const ENSURE_INITIALIZED = "ENSURE_OM_INITIALIZED";

/** Settings that only the profile may set, by their names in Ozone. */
export function buildFixedSettings({ serviceId, metadata }: OzoneProfile): Record<string, string> {
  const { dirs, dbDirs = dirs, ratisDir } = metadata;
  return {
    "ozone.om.service.ids": serviceId,
    "ozone.metadata.dirs": dirs,
    "ozone.om.db.dirs": dbDirs,
    ...(ratisDir === undefined ? {} : { "ozone.om.ratis.storage.dir": ratisDir }),
  };
}

/** The variables of a member, except for its own ID. */
export function buildOzoneEnv({ ozone }: OzoneMembers, member: PodIdentity): EnvRequirement[] {
  const settings = { ...buildFixedSettings(ozone), ...ringSettings(ozone, member) };
  return [
    ...Object.entries(settings).map(([name, value]) => override(`${SITE}${name}`, escapeEnvRefs(value))),
    override(ENSURE_INITIALIZED, ""),
  ];
}

function ringSettings(ozone: OzoneProfile, member: PodIdentity): Record<string, string> {
  const { serviceId, ports } = ozone;
  const ordinals = listPossibleOrdinals(ozone);
  const ids = ordinals.map((ordinal) => buildMemberId(member.statefulSet, ordinal));
  return {
    [`ozone.om.nodes.${serviceId}`]: ids.join(","),
    // an ordinal that was removed comes back with a scale-up, and could not start if it were listed
    [`ozone.om.decommissioned.nodes.${serviceId}`]: "",
    ...Object.fromEntries(
      ordinals.flatMap((ordinal) => {
        const node = `${serviceId}.${buildMemberId(member.statefulSet, ordinal)}`;
        const host = buildMemberHost(member, ozone, ordinal);
        return [
          [`ozone.om.address.${node}`, `${host}:${ports.rpc}`],
          [`ozone.om.ratis.port.${node}`, String(ports.ratis)],
          [`ozone.om.http-address.${node}`, `${host}:${ports.http}`],
        ];
      }),
    ),
  };
}

const override = (name: string, value: string): EnvRequirement => ({
  variable: { name, value },
  conflict: "override",
});
