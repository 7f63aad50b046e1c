// Observations of a member for tests of the decision: defaults and changes.
import type { Ring } from "../../../init/contract/ring/agree.ts";
import type { LeaderlessRing, RingView } from "../../../init/engine/ring/view.ts";
import type { OzoneObservation } from "../../../presets/ozone-om/runner/context.ts";
import type { DiskContents } from "../../../presets/ozone-om/runner/read/disk.ts";

export const CLUSTER = "CID-1";
export const SUPERSET = ["om-0", "om-1", "om-2", "om-3"];

const version = { clusterID: CLUSTER, omUuid: "u-1", nodeId: "om-1" };

const EMPTY: DiskContents = {
  version: null,
  raft: { is: "none" },
  hasDatabase: false,
  foreignGroups: [],
  joining: null,
  isHalfInitialised: false,
  parts: [],
  group: "/data/om.ratis/group",
};
const INITIALISED: DiskContents = { ...EMPTY, version, parts: ["/data/om"] };
const DATABASE: DiskContents = { ...INITIALISED, hasDatabase: true, parts: ["/data/om", "/data/om.db"] };

/** Disks by their state; a whole one is of om-1. */
export const DISK = {
  empty: EMPTY,
  initialised: INITIALISED,
  unconfirmed: { ...DATABASE, raft: { is: "unconfirmed" } },
  damaged: { ...DATABASE, raft: { is: "broken", why: "torn" } },
  /** the database of a bootstrap that failed before Raft began */
  database: DATABASE,
} as const satisfies { [name: string]: DiskContents };

export function buildWholeDisk(...peers: readonly string[]): DiskContents {
  return {
    ...DATABASE,
    raft: { is: "whole", conf: { term: 1, index: 1, peers, oldPeers: [] }, logStart: 0 },
  };
}

/** The same, of a join that was begun with these nodes and not verified. */
export const markJoining = (disk: DiskContents, ...nodes: readonly string[]): DiskContents => ({
  ...disk,
  joining: nodes,
});

export function buildLedRing(...members: readonly string[]): RingView {
  const [leader = ""] = members;
  const ring: Ring = { leader, term: 3, members: members.map((id) => ({ id, healthy: true })) };
  return { is: "led", ring };
}

export function buildLeaderlessRing(changes: Partial<LeaderlessRing> = {}): RingView {
  return { is: "leaderless", reachable: [], unverified: [], leaders: [], why: "nobody answers", ...changes };
}

export const FRESH: OzoneObservation["record"] = { tombstone: null, hasTraces: false };

export const buildRingRecord = (
  seed: string | null,
  members: readonly string[],
  clusterID: string | null = CLUSTER,
): OzoneObservation["record"] => ({ ...FRESH, ring: { clusterID, seed, members } });

/** om-1 on an empty volume, with no record and no other member. */
export function buildObservation(changes: Partial<OzoneObservation> = {}): OzoneObservation {
  return {
    me: "om-1",
    possibleMembers: SUPERSET,
    live: buildLeaderlessRing(),
    disk: DISK.empty,
    record: FRESH,
    tombstoned: [],
    clusterID: CLUSTER,
    isMarked: false,
    isGracePeriodOver: true,
    belowStart: [],
    whyUnwanted: null,
    ...changes,
  };
}
