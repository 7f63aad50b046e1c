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
      live: buildLeaderlessRing({ answering: ["om-0", "om-2"] }),
      isSettled: false,
    },
    "wait",
    "enough to elect one",
  ),
  defineRow(
    "the same after that has taken too long",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ answering: ["om-0", "om-2"] }),
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "the same while too few answer",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ answering: ["om-0"] }),
      isSettled: false,
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "the same while nothing is known of one that a leader may have a majority with",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ answering: ["om-2"], unclear: ["om-0"], leaders: ["om-2"] }),
      isSettled: false,
    },
    "wait",
    "of om-0 nothing could be found out",
  ),
  defineRow(
    "the same where that stays so",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ answering: ["om-2"], unclear: ["om-0"], leaders: ["om-2"] }),
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "the same where it would be too few all the same",
    {
      disk: buildWholeDisk("om-0", "om-1", "om-2"),
      live: buildLeaderlessRing({ unclear: ["om-0"] }),
      isSettled: false,
    },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "a lone leader of two that needs this member",
    { disk: whole, live: buildLeaderlessRing({ answering: ["om-0"], leaders: ["om-0"] }) },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "two that say they lead",
    { disk: whole, live: buildLeaderlessRing({ answering: ["om-0", "om-2"], leaders: ["om-0", "om-2"] }) },
    "wait",
    "om-0 and om-2 say that they are it",
  ),
  defineRow(
    "a member that has left",
    { disk: whole, record: left },
    "wait",
    "a leader to take this member in again",
  ),
  defineRow("a member that was taken out", { disk: whole, record: evicted }, "wait", "its readmission"),
  defineRow(
    "a disk that does not list its member",
    { disk: buildWholeDisk("om-0") },
    "wait",
    "own disk does not list it",
  ),
  defineRow(
    "a member on an empty volume, by the record",
    { record: buildRingRecord("om-0", TWO) },
    "state-lost",
    "the record says that this member is in the ring, and its volume is empty",
  ),
  defineRow(
    "a member on an empty volume, by its marker",
    { isMarked: true },
    "state-lost",
    "its marker says",
  ),
  defineRow(
    "the seed on an empty volume, of a ring that is proven",
    { ...seed, record: buildRingRecord("om-0", ["om-0"]) },
    "state-lost",
    "the record says",
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
    "the ring of cluster CID-1 is recorded, and no other is made",
  ),
  defineRow("a new member and no ring yet", {}, "wait", "om-0 is the one that makes a ring"),
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
    { ...seed, disk: { ...DISK.empty, halfMade: true } },
    "seed",
    "",
  ),
  defineRow("the same without an SCM", { ...seed, clusterID: null }, "wait", "no SCM answers"),
  defineRow(
    "the same while another answers",
    { ...seed, live: buildLeaderlessRing({ answering: ["om-1"] }) },
    "wait",
    "om-1 runs already",
  ),
  defineRow(
    "the same while it is unknown whether another runs",
    { ...seed, live: buildLeaderlessRing({ unclear: ["om-2"] }) },
    "wait",
    "of om-2 nothing could be found out",
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
    "there is state of an earlier ring",
  ),
  defineRow(
    "the same where another has begun",
    { ...seed, record: buildRingRecord("om-1", [], null) },
    "wait",
    "om-1 has begun to make the ring",
  ),
  defineRow(
    "the same on its way out",
    { ...seed, notWanted: "ordinal 0 is going" },
    "wait",
    "ordinal 0 is going",
  ),
];
