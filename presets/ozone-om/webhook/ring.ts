// What the core needs to know about a ring of Ozone Managers.
import {
  BEAN_QUERY,
  type MemberStatus,
  parseMemberStatus,
  type Unreachable,
} from "../../../init/contract/ring/bean.ts";
import type { StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import type { RingProfile } from "../../../webhook/profiles/ringProfile.ts";
import type { OzoneProfile } from "../profile/schema.ts";
import { findMetadataFault } from "./findMetadataFault.ts";

export const OM_COMMAND = "om";

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
    this.status = { port: ozone.ports.http, path: BEAN_QUERY };
    const { volume, dirs } = ozone.metadata;
    this.stateRemedy = `volumeClaimTemplate "${volume}", mounted so that ${dirs} is on it`;
  }

  readStatus(body: unknown): MemberStatus | Unreachable {
    return parseMemberStatus(body, this.name);
  }

  findStateFault(set: StatefulSet): string | null {
    return findMetadataFault(set, this.#ozone, this.#container);
  }
}
