// Rows without a known leader.
import { buildLeaderlessRing, buildRingRecord, buildWholeDisk, DISK, FRESH } from "../seen.ts";
import { defineRow, evicted, left, markAsSeed, type Row, seed, TWO, whole } from "./row.ts";

export const LEADERLESS: readonly Row[] = [
  defineRow("the lowest member above spec.ordinals.start", { belowStart: ["om-0"] }, "seed", ""),
  defineRow(
    "a member above the lowest one above spec.ordinals.start",
    { me: "om-2", belowStart: ["om-0"] },
    "wait",
    "om-1 seeds the ring",
  ),
  defineRow(
    "a member of a ring that is completely down",
    { disk: whole, record: buildRingRecord("om-0", TWO) },
    "start",
    '"by":"disk"',
  ),
  defineRow("the same with the record lost", { disk: whole }, "start", '"by":"disk"'),
  defineRow(
    "the same while a majority answers, which can elect",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ reachable: ["om-0", "om-2"] }),
      isGracePeriodOver: false,
    },
    "wait",
    "enough to elect one",
  ),
  defineRow(
    "the same after the election has taken too long",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ reachable: ["om-0", "om-2"] }),
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "the same while too few answer",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ reachable: ["om-0"] }),
      isGracePeriodOver: false,
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "the same while the state of a member that could complete a majority is unknown",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ reachable: ["om-2"], unverified: ["om-0"], leaders: ["om-2"] }),
      isGracePeriodOver: false,
    },
    "wait",
    "of om-0 is unknown",
  ),
  defineRow(
    "the same if it stays unknown",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ reachable: ["om-2"], unverified: ["om-0"], leaders: ["om-2"] }),
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "the same if that member could not complete a majority",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ unverified: ["om-0"] }),
      isGracePeriodOver: false,
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "a leader in a ring of two that needs this member",
    { disk: whole, live: buildLeaderlessRing({ reachable: ["om-0"], leaders: ["om-0"] }) },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "two members that claim to lead",
    { disk: whole, live: buildLeaderlessRing({ reachable: ["om-0", "om-2"], leaders: ["om-0", "om-2"] }) },
    "wait",
    "om-0 and om-2 both report that they lead",
  ),
  defineRow("a member that has left", { disk: whole, record: left }, "wait", "a leader, to rejoin"),
  defineRow("a member that was taken out", { disk: whole, record: evicted }, "wait", "its readmission"),
  defineRow(
    "a disk that does not list its member",
    { disk: buildWholeDisk("om-0") },
    "wait",
    "disk does not list the member itself",
  ),
  defineRow(
    "a member with an empty volume, according to the record",
    { record: buildRingRecord("om-0", TWO) },
    "state-lost",
    "the record lists this member in the ring, and its volume is empty",
  ),
  defineRow(
    "a member with an empty volume, according to its marker",
    { isMarked: true },
    "state-lost",
    "its marker lists",
  ),
  defineRow(
    "the seed of a verified ring with an empty volume",
    { ...seed, record: buildRingRecord("om-0", ["om-0"]) },
    "state-lost",
    "the record lists",
  ),
  defineRow(
    "a member with a damaged volume",
    { record: buildRingRecord("om-0", TWO), disk: DISK.damaged },
    "state-lost",
    "damaged: torn",
  ),
  defineRow(
    "a new member of a ring that is down",
    { me: "om-2", record: buildRingRecord("om-0", TWO) },
    "wait",
    "the ring of cluster CID-1 is recorded, and no second one is seeded",
  ),
  defineRow("a new member and no ring yet", {}, "wait", "om-0 seeds the ring"),
];

export const SEEDS: readonly Row[] = [
  defineRow("the lowest ordinal, and nothing anywhere", seed, "seed", ""),
  defineRow(
    "the same after a manual `om --init`",
    { ...seed, disk: markAsSeed(DISK.initialised) },
    "seed",
    "",
  ),
  defineRow(
    "the same with an incomplete om/current",
    { ...seed, disk: { ...DISK.empty, isHalfInitialised: true } },
    "seed",
    "",
  ),
  defineRow("the same without an SCM", { ...seed, clusterID: null }, "wait", "no SCM answers"),
  defineRow(
    "the same while another answers",
    { ...seed, live: buildLeaderlessRing({ reachable: ["om-1"] }) },
    "wait",
    "om-1 already runs",
  ),
  defineRow(
    "the same while it is unknown whether another runs",
    { ...seed, live: buildLeaderlessRing({ unverified: ["om-2"] }) },
    "wait",
    "of om-2 is unknown",
  ),
  defineRow(
    "the same with traces of members that have left",
    { ...seed, record: { ...FRESH, hasTraces: true } },
    "wait",
    "so there was a ring",
  ),
  defineRow(
    "the same with a database of an earlier ring",
    { ...seed, disk: markAsSeed(DISK.database) },
    "wait",
    "the volume holds state of an earlier ring",
  ),
  defineRow(
    "the same if another member has begun",
    { ...seed, record: buildRingRecord("om-1", [], null) },
    "wait",
    "om-1 has begun to seed the ring",
  ),
  defineRow(
    "the same while it is leaving",
    { ...seed, whyUnwanted: "ordinal 0 is going" },
    "wait",
    "ordinal 0 is going",
  ),
];
