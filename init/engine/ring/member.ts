// What a kind of ring supplies to the core, so that its members can join, and what all parts of one join share. The kind
// knows disks, clusters and daemons; when to join, under which lock, what is recorded and what is marked is the core's.
import type { Plan } from "../../contract/plan.ts";
import type { Ring } from "../../contract/ring/agree.ts";
import type { Failure } from "../failure.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import type { AskApi } from "../ports.ts";
import type { RecordStore } from "../record/recordStore.ts";
import type { RingClient } from "./client.ts";
import type { Join, JoinDecision } from "./joinDecision.ts";
import type { MarkerContext } from "./memberMarker.ts";
import type { Observation } from "./observation.ts";

/** @typeParam Disk what the kind reads from the member's own disk */
export interface JoiningMember<Disk> {
  readonly ring: Pick<RingClient, "superset" | "observe">;
  /** how long to wait in one start of the container for what has to come first */
  readonly waitSeconds: number;
  /** The id of the cluster that the ring belongs to; null: it is not known now. */
  readClusterID(): Promise<string | null>;
  /** Reads the member's own disk; changes nothing. */
  readDisk(): Promise<Disk | { failure: Failure }>;
  /** Pure: decideJoin, by what the disk comes to. */
  decide(observation: MemberObservation<Disk>): JoinDecision;
  /** Whose state a whole disk holds; null: none that a member could be started with. */
  identifyState(disk: Disk): StateIdentity | null;
  /** Under the lock: runs the daemon until it is proven to be in the ring, and stops it. */
  join(join: Join, input: { seen: MemberObservation<Disk>; held: LeaseHandle }): Promise<JoinAttempt>;
  /** The join is recorded and marked: takes away what was noted of it on the disk. */
  forgetJoin(): Promise<Failure | null>;
  /** Shell commands by which a member with a lost state joins anew; none while no other member could carry them out. */
  listRecoveryCommands(observation: MemberObservation<Disk>): readonly string[];
}

export type MemberObservation<Disk> = Observation & { readonly disk: Disk };

export interface StateIdentity {
  readonly clusterID: string;
  /** what a marker of this state is about: that of another volume, cluster or ring does not count */
  readonly digest: string;
  /** for evidence, e.g. "cluster CID-1, omUuid u-1" */
  readonly words: string;
}

/** again: the world has changed, or a try came to nothing: look once more; a failure ends the run */
export type JoinAttempt =
  | { readonly proven: ProvenJoin }
  | { readonly again: string }
  | { readonly failure: Failure };

export interface ProvenJoin {
  readonly ring: Ring;
  readonly evidence: string;
  readonly state: StateIdentity;
  /** RFC 3339 */
  readonly startedAt: string;
}

/** What all parts of one join share. */
export interface MemberContext extends MarkerContext {
  readonly plan: Plan;
  readonly me: string;
  readonly askApi: AskApi;
  readonly book: RecordStore;
  /** lines of the daemon that the termination message may show */
  readonly keep: (line: string) => void;
}
