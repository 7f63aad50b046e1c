// The static superset: every member is configured with all possible members, by DNS name, so that the configuration
// does not depend on the replicas and no member restarts for a scale-up (docs/research/ozone.md#static-superset).

import type { Member } from "../../../webhook/kubernetes/objects.ts";
import { literally, type Wanted } from "../../../webhook/mutation/env.ts";
import type { OzoneMembers, OzoneProfile } from "../profile/schema.ts";

/**
 * The prefix by which the image's entrypoint reads Ozone's configuration from env
 * (docs/research/ozone.md#image-and-entrypoint).
 */
export const SITE = "OZONE-SITE.XML_";

/** The fully qualified host name of a member. Never an IP: peers resolve it before the member is ready. */
export function hostOf(
  { statefulSet, serviceName, namespace }: Member,
  { clusterDomain }: OzoneProfile,
  ordinal: number,
): string {
  return `${idOf(statefulSet, ordinal)}.${serviceName}.${namespace}.svc.${clusterDomain}`;
}

/** ozone.om.node.id of a member: the name of its pod. */
export const idOf = (statefulSet: string, ordinal: number): string => `${statefulSet}-${ordinal}`;

/** All possible ordinals. */
export const ordinalsUpTo = ({ maxReplicas }: OzoneProfile): number[] =>
  Array.from({ length: maxReplicas }, (_, ordinal) => ordinal);

/**
 * With it the entrypoint initialises an empty volume, which turns a lost member into a new one
 * (docs/research/ozone.md#image-and-entrypoint).
 */
export const ENSURE_INITIALIZED = "ENSURE_OM_INITIALIZED";

/** Settings that only the profile may set, by their names in Ozone. */
export function fixedSettings({ serviceId, metadata }: OzoneProfile): Record<string, string> {
  const { dirs, dbDirs = dirs, ratisDir } = metadata;
  return {
    "ozone.om.service.ids": serviceId,
    "ozone.metadata.dirs": dirs,
    "ozone.om.db.dirs": dbDirs,
    ...(ratisDir === undefined ? {} : { "ozone.om.ratis.storage.dir": ratisDir }),
  };
}

/** The variables of a member, except for its own ID. */
export function ozoneEnv({ ozone }: OzoneMembers, member: Member): Wanted[] {
  const settings = { ...fixedSettings(ozone), ...ringSettings(ozone, member) };
  return [
    ...Object.entries(settings).map(([name, value]) => override(`${SITE}${name}`, literally(value))),
    override(ENSURE_INITIALIZED, ""),
  ];
}

function ringSettings(ozone: OzoneProfile, member: Member): Record<string, string> {
  const { serviceId, ports } = ozone;
  const ordinals = ordinalsUpTo(ozone);
  const ids = ordinals.map((ordinal) => idOf(member.statefulSet, ordinal));
  return {
    [`ozone.om.nodes.${serviceId}`]: ids.join(","),
    // an ordinal that was removed comes back with a scale-up, and could not start if it were listed
    [`ozone.om.decommissioned.nodes.${serviceId}`]: "",
    ...Object.fromEntries(
      ordinals.flatMap((ordinal) => {
        const node = `${serviceId}.${idOf(member.statefulSet, ordinal)}`;
        const host = hostOf(member, ozone, ordinal);
        return [
          [`ozone.om.address.${node}`, `${host}:${ports.rpc}`],
          [`ozone.om.ratis.port.${node}`, String(ports.ratis)],
          [`ozone.om.http-address.${node}`, `${host}:${ports.http}`],
        ];
      }),
    ),
  };
}

const override = (name: string, value: string): Wanted => ({
  variable: { name, value },
  conflict: "override",
});
