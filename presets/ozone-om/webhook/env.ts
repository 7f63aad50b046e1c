// The static superset: every member is configured with all possible members, by DNS name, so that the configuration
// does not depend on the replicas and no member restarts for a scale-up (docs/research/ozone.md#static-superset).

import type { PodIdentity } from "../../../webhook/kubernetes/objects.ts";
import { type EnvRequirement, escapeEnvRefs } from "../../../webhook/mutation/env.ts";
import type { MemberPod } from "../../../webhook/profiles/ringProfile.ts";
import type { OzoneMembers, OzoneProfile, RingAddresses } from "../profile/schema.ts";

/**
 * The prefix by which the image's entrypoint reads Ozone's configuration from env
 * (docs/research/ozone.md#image-and-entrypoint).
 */
export const SITE = "OZONE-SITE.XML_";

/** The fully qualified host name of a member. Never an IP: peers resolve it before the member is ready. */
export const buildMemberHost = (
  { statefulSet, serviceName, namespace }: PodIdentity,
  ozone: OzoneProfile,
  ordinal: number,
): string => formatMemberHost({ pod: buildMemberId(statefulSet, ordinal), serviceName, namespace }, ozone);

/** The host name of a member's pod. */
export const formatMemberHost = (
  { pod, serviceName, namespace }: MemberPod,
  { clusterDomain }: Pick<RingAddresses, "clusterDomain">,
): string => `${pod}.${serviceName}.${namespace}.svc.${clusterDomain}`;

/** The address of a member's web server, as other members ask it. */
export function buildMemberUrl(member: PodIdentity, ozone: OzoneProfile, ordinal: number): string {
  const host = buildMemberHost(member, ozone, ordinal);
  return ozone.https === null ? `http://${host}:${ozone.ports.http}` : `https://${host}:${ozone.ports.https}`;
}

/** ozone.om.node.id of a member: the name of its pod. */
export const buildMemberId = (statefulSet: string, ordinal: number): string => `${statefulSet}-${ordinal}`;

/** All possible ordinals. */
export const listPossibleOrdinals = ({ maxReplicas }: Pick<RingAddresses, "maxReplicas">): number[] =>
  Array.from({ length: maxReplicas }, (_, ordinal) => ordinal);

/**
 * With it the entrypoint initialises an empty volume, which turns a lost member into a new one
 * (docs/research/ozone.md#image-and-entrypoint).
 */
export const ENSURE_INITIALIZED = "ENSURE_OM_INITIALIZED";

/** The setting that says whether Ozone's web servers speak HTTP, HTTPS or both. */
export const HTTP_POLICY = "ozone.http.policy";

/** Settings that only the profile may set, by their names in Ozone. */
export function buildFixedSettings({ serviceId, metadata, https }: OzoneProfile): Record<string, string> {
  const { dirs, dbDirs = dirs, ratisDir } = metadata;
  return {
    "ozone.om.service.ids": serviceId,
    "ozone.metadata.dirs": dirs,
    "ozone.om.db.dirs": dbDirs,
    ...(ratisDir === undefined ? {} : { "ozone.om.ratis.storage.dir": ratisDir }),
    ...(https === null ? {} : { [HTTP_POLICY]: https.policy }),
  };
}

/** The variables of a member, except for its own ID. */
export function buildOzoneEnv({ ozone }: OzoneMembers, member: PodIdentity): EnvRequirement[] {
  const settings = { ...buildFixedSettings(ozone), ...ringSettings(ozone, member) };
  return [...overrideSettings(settings), override(ENSURE_INITIALIZED, "")];
}

function ringSettings(ozone: OzoneProfile, member: PodIdentity): Record<string, string> {
  const { serviceId, ports, https } = ozone;
  return {
    ...buildAddressSettings(ozone, {
      getId: (ordinal) => buildMemberId(member.statefulSet, ordinal),
      getHost: (ordinal) => buildMemberHost(member, ozone, ordinal),
      isSecure: https !== null,
    }),
    ...Object.fromEntries(
      listPossibleOrdinals(ozone).map((ordinal) => [
        `ozone.om.ratis.port.${serviceId}.${buildMemberId(member.statefulSet, ordinal)}`,
        String(ports.ratis),
      ]),
    ),
  };
}

/** The settings by which members and clients find all possible members. */
export function buildAddressSettings(
  ring: RingAddresses,
  {
    getId,
    getHost,
    isSecure,
  }: {
    getId: (ordinal: number) => string;
    getHost: (ordinal: number) => string;
    /** also the addresses for HTTPS */
    isSecure: boolean;
  },
): Record<string, string> {
  const { serviceId, ports } = ring;
  const ordinals = listPossibleOrdinals(ring);
  return {
    [`ozone.om.nodes.${serviceId}`]: ordinals.map(getId).join(","),
    // an ordinal that was removed comes back with a scale-up, and could not start if it were listed
    [`ozone.om.decommissioned.nodes.${serviceId}`]: "",
    ...Object.fromEntries(
      ordinals.flatMap((ordinal) => {
        const node = `${serviceId}.${getId(ordinal)}`;
        const host = getHost(ordinal);
        return [
          [`ozone.om.address.${node}`, `${host}:${ports.rpc}`],
          [`ozone.om.http-address.${node}`, `${host}:${ports.http}`],
          ...(isSecure ? [[`ozone.om.https-address.${node}`, `${host}:${ports.https}`]] : []),
        ];
      }),
    ),
  };
}

/** Variables of these settings, which replace those of the container. */
export const overrideSettings = (settings: Readonly<Record<string, string>>): EnvRequirement[] =>
  Object.entries(settings).map(([name, value]) => override(`${SITE}${name}`, escapeEnvRefs(value)));

const override = (name: string, value: string): EnvRequirement => ({
  variable: { name, value },
  conflict: "override",
});
