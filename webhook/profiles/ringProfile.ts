// A ring is a StatefulSet whose pods are the members of one Raft group. This is what the core knows of it, independent of
// the application.
import type { RecordedObstacle } from "../../init/contract/record.ts";
import type { MemberStatus, Unreachable } from "../../init/contract/ring/bean.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";

/** Where each member reports its status. */
export interface StatusEndpoint {
  readonly port: number;
  readonly path: string;
  /** it speaks HTTPS; left out: HTTP */
  readonly tls?: MemberTls;
}

export interface MemberTls {
  /** PEM of the CA that signs the members' certificates */
  readonly ca: string;
  /** The name that a member's certificate must have. Members are asked by their IP, which no certificate names. */
  getServerName(pod: MemberPod): string;
}

export interface MemberPod {
  readonly pod: string;
  readonly serviceName: string;
  readonly namespace: string;
}

/** A change of a ring's members that is warned of. */
export interface MemberChange {
  readonly namespace: string;
  /** a member that stays, for commands */
  readonly member: string;
  /** the pod that asked the leader; null: the record names none of this StatefulSet */
  readonly witness: string | null;
  readonly joining: readonly string[];
  readonly leaving: readonly string[];
}

export interface RingProfile {
  /** the Raft group's name; never changes */
  readonly name: string;
  /** every member is configured with the addresses of this many members */
  readonly maxReplicas: number;
  /** strict: members must be removed from the ring by hand before a scale-down */
  readonly scaleDown: "managed" | "strict";
  /** the subcommand of `rollcall` that has the ring's commands, e.g. `om` in `rollcall om evict` */
  readonly command: string;
  /** the application's setting for the member's id, which must be the pod's name; for messages */
  readonly idSetting: string;
  /** the endpoint of a member that returns its view of the ring as JSON */
  readonly status: StatusEndpoint;
  /** Parses a response of that endpoint, or says why it cannot be used. Never throws. */
  readStatus(body: unknown): MemberStatus | Unreachable;
  /**
   * Formats a warning of a change while the record says why no member can join; null: the obstacle is not known, since a
   * later version has recorded it. Its texts are those of a pod's author.
   */
  formatObstacle(obstacle: RecordedObstacle, change: MemberChange): string | null;
  /** Why a member would lose its Raft state with its pod, or null. */
  findStateFault(set: StatefulSet): string | null;
  /** where to keep that state instead, as the end of a sentence */
  readonly stateRemedy: string;
}
