// What the core needs to know about a ring of Ozone Managers.
import type { RecordedObstacle } from "../../../init/contract/record.ts";
import {
  BEAN_QUERY,
  type MemberStatus,
  parseMemberStatus,
  type Unreachable,
} from "../../../init/contract/ring/bean.ts";
import type { StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import type { MemberChange, MemberPod, RingProfile } from "../../../webhook/profiles/ringProfile.ts";
import type { OzoneProfile } from "../profile/schema.ts";
import { formatMemberHost } from "./env.ts";
import { findMetadataFault } from "./findMetadataFault.ts";
import { formatObstacleWarning } from "./formatObstacleWarning.ts";

export const OM_COMMAND = "om";

/** A member's certificate must have the name by which the other members ask it. */
function describeStatusEndpoint(ozone: OzoneProfile): RingProfile["status"] {
  const { ports, https } = ozone;
  if (https === null) return { port: ports.http, path: BEAN_QUERY };
  const { ca } = https;
  const getServerName = (pod: MemberPod): string => formatMemberHost(pod, ozone);
  return { port: ports.https, path: BEAN_QUERY, tls: { ca, getServerName } };
}

export class OzoneRing implements RingProfile {
  readonly #ozone: OzoneProfile;
  readonly #container: string;
  readonly name: string;
  readonly maxReplicas: number;
  readonly scaleDown: RingProfile["scaleDown"];
  readonly command = OM_COMMAND;
  readonly idSetting = "ozone.om.node.id";
  readonly status: RingProfile["status"];
  readonly stateRemedy: string;

  /** @param container the Ozone Manager's */
  constructor(ozone: OzoneProfile, container: string) {
    this.#ozone = ozone;
    this.#container = container;
    this.name = ozone.serviceId;
    this.maxReplicas = ozone.maxReplicas;
    this.scaleDown = ozone.scaleDown;
    this.status = describeStatusEndpoint(ozone);
    const { volume, dirs } = ozone.metadata;
    this.stateRemedy = `volumeClaimTemplate "${volume}", mounted so that ${dirs} is on it`;
  }

  readStatus(body: unknown): MemberStatus | Unreachable {
    return parseMemberStatus(body, this.name);
  }

  formatObstacle(obstacle: RecordedObstacle, change: MemberChange): string | null {
    return formatObstacleWarning(obstacle, change, { serviceId: this.name, container: this.#container });
  }

  findStateFault(set: StatefulSet): string | null {
    return findMetadataFault(set, this.#ozone, this.#container);
  }
}
