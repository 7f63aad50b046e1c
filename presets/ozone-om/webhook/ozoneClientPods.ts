// What clients of a ring get: the addresses of all possible members, so that they find a leader that joins later
// (docs/research/ozone.md#clients). They have no number, no runner, and no protection of their own.
import type { Denial } from "../../../webhook/denials/codes.ts";
import type { ContainerTarget } from "../../../webhook/kubernetes/objects.ts";
import type { EnvRequirement } from "../../../webhook/mutation/env.ts";
import type { PodInput, PresetPods } from "../../../webhook/profiles/presetPods.ts";
import type { OzoneClients } from "../profile/schema.ts";
import { buildAddressSettings, buildMemberId, formatMemberHost, overrideSettings } from "./env.ts";
import { findConfigurationFault } from "./pod.ts";

export class OzoneClientPods implements PresetPods {
  readonly #clients: OzoneClients;

  constructor(clients: OzoneClients) {
    this.#clients = clients;
  }

  listEnv(): EnvRequirement[] {
    return overrideSettings(buildClientSettings(this.#clients));
  }

  findPodFault({ pod }: PodInput, targets: readonly ContainerTarget[]): Denial | null {
    const fault = findConfigurationFault(pod, targets, "a client");
    return fault === null ? null : { ...fault, toleratedIfOld: true };
  }
}

function buildClientSettings(clients: OzoneClients): Record<string, string> {
  const { members, serviceId, clusterDomain } = clients;
  const { statefulSet, serviceName, namespace, addresses } = members;
  const getId = (ordinal: number): string => buildMemberId(statefulSet, ordinal);
  const getHost = (ordinal: number): string =>
    addresses === "Pods"
      ? formatMemberHost({ pod: getId(ordinal), serviceName, namespace }, clients)
      : `${getId(ordinal)}.${namespace}.svc.${clusterDomain}`;
  return {
    "ozone.om.service.ids": serviceId,
    // Recon asks the web server that the ring's policy opens
    ...buildAddressSettings(clients, { getId, getHost, isSecure: true }),
  };
}
