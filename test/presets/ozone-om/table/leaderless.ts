// Rows in which no leader can be found.
import { buildLeaderlessRing, buildRingRecord, buildWholeDisk, DISK, FRESH } from "../seen.ts";
import { defineRow, evicted, left, markAsSeed, type Row, seed, TWO, whole } from "./row.ts";

export const LEADERLESS: readonly Row[] = [
  defineRow(
    "a whole ring that was down: one of it",
    { disk: whole, record: buildRingRecord("om-0", TWO) },
    "start",
    '"by":"disk"',
  ),
  defineRow("the same with the record lost", { disk: whole }, "start", '"by":"disk"'),
  defineRow(
    "the same while a majority of it answers and elects",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ reachable: ["om-0", "om-2"] }),
      isGracePeriodOver: false,
    },
    "wait",
    "enough to elect one",
  ),
  defineRow(
    "the same after that has taken too long",
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
    "the same while nothing is known of one that a leader may have a majority with",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ reachable: ["om-2"], unverified: ["om-0"], leaders: ["om-2"] }),
      isGracePeriodOver: false,
    },
    "wait",
    "of om-0 is unknown",
  ),
  defineRow(
    "the same where that stays so",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ reachable: ["om-2"], unverified: ["om-0"], leaders: ["om-2"] }),
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "the same where it would be too few all the same",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ unverified: ["om-0"] }),
      isGracePeriodOver: false,
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "a lone leader of two that needs this member",
    { disk: whole, live: buildLeaderlessRing({ reachable: ["om-0"], leaders: ["om-0"] }) },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "two that say they lead",
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
    "a member on an empty volume, by the record",
    { record: buildRingRecord("om-0", TWO) },
    "state-lost",
    "the record lists this member in the ring, and its volume is empty",
  ),
  defineRow(
    "a member on an empty volume, by its marker",
    { isMarked: true },
    "state-lost",
    "its marker lists",
  ),
  defineRow(
    "the seed on an empty volume, of a ring that is proven",
    { ...seed, record: buildRingRecord("om-0", ["om-0"]) },
    "state-lost",
    "the record lists",
  ),
  defineRow(
    "a member on a torn volume",
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
    "the same after an `om --init` of somebody",
    { ...seed, disk: markAsSeed(DISK.initialised) },
    "seed",
    "",
  ),
  defineRow(
    "the same with om/current half made",
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
    "the same with a database of something earlier",
    { ...seed, disk: markAsSeed(DISK.database) },
    "wait",
    "the volume holds state of an earlier ring",
  ),
  defineRow(
    "the same where another has begun",
    { ...seed, record: buildRingRecord("om-1", [], null) },
    "wait",
    "om-1 has begun to seed the ring",
  ),
  defineRow(
    "the same on its way out",
    { ...seed, whyUnwanted: "ordinal 0 is going" },
    "wait",
    "ordinal 0 is going",
  ),
];
