// The static superset: every member's configuration lists all members that there may ever be, by DNS name, so that
// nothing changes with the number of replicas and nobody restarts for a scale-up
// (docs/research/ozone.md#static-superset).

import type { Member } from "../../../webhook/kubernetes/objects.ts";
import { literally, type Wanted } from "../../../webhook/mutation/env.ts";
import type { OzoneMembers, OzoneProfile } from "../profile/schema.ts";

/**
 * Ozone's configuration, as its image's entrypoint reads it from the env (docs/research/ozone.md#image-and-entrypoint).
 */
export const SITE = "OZONE-SITE.XML_";

/** The host of a member: never an IP, and from the root of DNS, since peers ask for it before it is ready. */
export function hostOf(
  { statefulSet, serviceName, namespace }: Member,
  { clusterDomain }: OzoneProfile,
  ordinal: number,
): string {
  return `${idOf(statefulSet, ordinal)}.${serviceName}.${namespace}.svc.${clusterDomain}`;
}

/** ozone.om.node.id: the name of its pod. */
export const idOf = (statefulSet: string, ordinal: number): string => `${statefulSet}-${ordinal}`;

/** All ordinals that there may ever be. */
export const ordinalsUpTo = ({ maxReplicas }: OzoneProfile): number[] =>
  Array.from({ length: maxReplicas }, (_, ordinal) => ordinal);

/**
 * The entrypoint would initialise an empty volume by itself, and so make a lost member a new one
 * (docs/research/ozone.md#image-and-entrypoint).
 */
export const ENSURE_INITIALIZED = "ENSURE_OM_INITIALIZED";

/** What a profile says about its ring and a container may not say otherwise: by name, as Ozone calls it. */
export function fixedSettings({ serviceId, metadata }: OzoneProfile): Record<string, string> {
  const { dirs, dbDirs = dirs, ratisDir } = metadata;
  return {
    "ozone.om.service.ids": serviceId,
    "ozone.metadata.dirs": dirs,
    "ozone.om.db.dirs": dbDirs,
    ...(ratisDir === undefined ? {} : { "ozone.om.ratis.storage.dir": ratisDir }),
  };
}

/** The variables of a member beside its own id. */
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
    // an ordinal that is taken out of there comes back with a scale-up, and could not start
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
