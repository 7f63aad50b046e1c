// A ring: a StatefulSet whose pods are the members of one Raft group. What the core needs to know of it, whatever
// system it is.
import type { MemberStatus, Unreachable } from "../../init/contract/ring/bean.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";

export interface RingProfile {
  /** what its members call it; never changes */
  readonly name: string;
  /** every member knows the addresses of this many */
  readonly maxReplicas: number;
  /** strict: members are taken out of the ring by hand before they may go */
  readonly scaleDown: "managed" | "strict";
  /** the word behind `rollcall` of the commands for a ring in a member's container, such as `evict` */
  readonly command: string;
  /** the member's own setting that must be its pod's name, for messages */
  readonly idSetting: string;
  /** where a member says what it knows of the ring: one GET, and JSON for an answer */
  readonly status: { readonly port: number; readonly path: string };
  /** Reads the body of that answer; of an answer that cannot be used it says why. Never throws. */
  readStatus(body: unknown): MemberStatus | Unreachable;
  /** Why a member's Raft state would not outlive its pod, or null. */
  findStateFault(set: StatefulSet): string | null;
  /** where that state is to lie instead, as the end of a sentence */
  readonly stateRemedy: string;
}
