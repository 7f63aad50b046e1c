// What the core needs to know of a ring of Ozone Managers.
import { BEAN_QUERY, sayingOf } from "../../../init/contract/ring/bean.ts";
import type { RingProfile } from "../../../webhook/profiles/ring.ts";
import type { OzoneProfile } from "../profile/schema.ts";
import { metadataFault } from "./metadata.ts";

export const OM_COMMAND = "om";

/** @param container the Ozone Manager's */
export function describeRing(ozone: OzoneProfile, container: string): RingProfile {
  const { serviceId, maxReplicas, scaleDown, ports, metadata } = ozone;
  return {
    name: serviceId,
    maxReplicas,
    scaleDown,
    command: OM_COMMAND,
    idSetting: "ozone.om.node.id",
    status: { port: ports.http, path: BEAN_QUERY },
    readStatus: (body) => sayingOf(body, serviceId),
    findStateFault: (set) => metadataFault(set, ozone, container),
    stateRemedy: `volumeClaimTemplate ${metadata.volume}, mounted where ${metadata.dirs} lies on it`,
  };
}
