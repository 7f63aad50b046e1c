// What a kind of ring supplies to the core for joins, and the shared context of a join. The kind knows disks, clusters
// and daemons; the core decides when to join, and does the locking, recording and marking.
import type { Plan } from "../../contract/plan.ts";
import type { Ring } from "../../contract/ring/agree.ts";
import type { Failure } from "../failure.ts";
import type { LeaseHandle } from "../lock/holdLock.ts";
import type { AskApi } from "../ports.ts";
import type { RecordStore } from "../record/recordStore.ts";
import type { RingClient } from "./client.ts";
import type { Join, JoinDecision } from "./joinDecision.ts";
import type { ObstacleFinding } from "./joinObstacle.ts";
import type { MarkerContext } from "./memberMarker.ts";
import type { Observation } from "./observation.ts";

/** @typeParam Disk the kind's contents of a member's disk */
export interface JoiningMember<Disk> {
  readonly ring: Pick<RingClient, "possibleMembers" | "observe">;
  /** how long one start of the container waits before it exits and is restarted */
  readonly waitSeconds: number;
  /** The ID of the cluster that the ring belongs to; null: unknown now. */
  readClusterID(): Promise<string | null>;
  /** Reads the member's own disk; changes nothing. */
  readDisk(): Promise<Disk | { failure: Failure }>;
  /** Pure: decideJoin with the kind's interpretation of the disk. */
  decide(observation: MemberObservation<Disk>): JoinDecision;
  /** The identity of the state on an intact disk; null: no state that a member could be started with. */
  identifyState(disk: Disk): StateIdentity | null;
  /**
   * What keeps a new member from joining the ring of this observation, which has a leader. It never rejects.
   * @param isJoining whether this member is the new one; otherwise it is a member that starts, and asks for the record
   */
  findObstacle(
    observation: MemberObservation<Disk>,
    options: { isJoining: boolean },
  ): Promise<ObstacleFinding>;
  /** Under the lock: runs the daemon until it is proven to be in the ring, and stops it. */
  join(join: Join, input: { observation: MemberObservation<Disk>; lease: LeaseHandle }): Promise<JoinAttempt>;
  /** Removes the join's note from the disk, after the join was recorded and marked. */
  forgetJoin(): Promise<Failure | null>;
  /** Shell commands by which a member with lost state rejoins; empty while no other member could run them. */
  listRecoveryCommands(observation: MemberObservation<Disk>): readonly string[];
}

export type MemberObservation<Disk> = Observation & { readonly disk: Disk };

export interface StateIdentity {
  readonly clusterID: string;
  /** identifies the state in a marker, so the marker of another volume, cluster or ring does not count */
  readonly digest: string;
  /** for evidence, e.g. "cluster CID-1, omUuid u-1" */
  readonly words: string;
  /** the first index of its Raft log; null: it cannot be read off the disk */
  readonly logStart: number | null;
}

/** again: the state has changed or the attempt failed, so observe again; failure: ends the run */
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

/** The shared context of a join. */
export interface MemberContext extends MarkerContext {
  readonly plan: Plan;
  readonly me: string;
  readonly askApi: AskApi;
  readonly records: RecordStore;
  /** keeps an output line of the daemon for the termination message */
  readonly keep: (line: string) => void;
}
