// Rows in which no leader can be found.
import { DISK, FRESH, leaderless, recordOf, wholeDisk } from "../seen.ts";
import { asSeed, evicted, left, type Row, row, seed, TWO, whole } from "./row.ts";

export const LEADERLESS: readonly Row[] = [
  row(
    "a whole ring that was down: one of it",
    { disk: whole, record: recordOf("om-0", TWO) },
    "start",
    '"by":"disk"',
  ),
  row("the same with the record lost", { disk: whole }, "start", '"by":"disk"'),
  row(
    "the same while a majority of it answers and elects",
    {
      disk: wholeDisk("om-0", "om-1", "om-2"),
      live: leaderless({ answering: ["om-0", "om-2"] }),
      isSettled: false,
    },
    "wait",
    "enough to elect one",
  ),
  row(
    "the same after that has taken too long",
    { disk: wholeDisk("om-0", "om-1", "om-2"), live: leaderless({ answering: ["om-0", "om-2"] }) },
    "start",
    '"by":"disk"',
  ),
  row(
    "the same while too few answer",
    { disk: wholeDisk("om-0", "om-1", "om-2"), live: leaderless({ answering: ["om-0"] }), isSettled: false },
    "start",
    '"by":"disk"',
  ),
  row(
    "the same while nothing is known of one that a leader may have a majority with",
    {
      disk: wholeDisk("om-0", "om-1", "om-2"),
      live: leaderless({ answering: ["om-2"], unclear: ["om-0"], leaders: ["om-2"] }),
      isSettled: false,
    },
    "wait",
    "of om-0 nothing could be found out",
  ),
  row(
    "the same where that stays so",
    {
      disk: wholeDisk("om-0", "om-1", "om-2"),
      live: leaderless({ answering: ["om-2"], unclear: ["om-0"], leaders: ["om-2"] }),
    },
    "start",
    '"by":"disk"',
  ),
  row(
    "the same where it would be too few all the same",
    {
      disk: wholeDisk("om-0", "om-1", "om-2"),
      live: leaderless({ unclear: ["om-0"] }),
      isSettled: false,
    },
    "start",
    '"by":"disk"',
  ),
  row(
    "a lone leader of two that needs this member",
    { disk: whole, live: leaderless({ answering: ["om-0"], leaders: ["om-0"] }) },
    "start",
    '"by":"disk"',
  ),
  row(
    "two that say they lead",
    { disk: whole, live: leaderless({ answering: ["om-0", "om-2"], leaders: ["om-0", "om-2"] }) },
    "wait",
    "om-0 and om-2 say that they are it",
  ),
  row(
    "a member that has left",
    { disk: whole, record: left },
    "wait",
    "a leader to take this member in again",
  ),
  row("a member that was taken out", { disk: whole, record: evicted }, "wait", "its readmission"),
  row(
    "a disk that does not list its member",
    { disk: wholeDisk("om-0") },
    "wait",
    "own disk does not list it",
  ),
  row(
    "a member on an empty volume, by the record",
    { record: recordOf("om-0", TWO) },
    "state-lost",
    "the record says that this member is in the ring, and its volume is empty",
  ),
  row("a member on an empty volume, by its marker", { isMarked: true }, "state-lost", "its marker says"),
  row(
    "the seed on an empty volume, of a ring that is proven",
    { ...seed, record: recordOf("om-0", ["om-0"]) },
    "state-lost",
    "the record says",
  ),
  row(
    "a member on a torn volume",
    { record: recordOf("om-0", TWO), disk: DISK.damaged },
    "state-lost",
    "damaged: torn",
  ),
  row(
    "a new member of a ring that is down",
    { me: "om-2", record: recordOf("om-0", TWO) },
    "wait",
    "the ring of cluster CID-1 is recorded, and no other is made",
  ),
  row("a new member and no ring yet", {}, "wait", "om-0 is the one that makes a ring"),
];

export const SEEDS: readonly Row[] = [
  row("the lowest ordinal, and nothing anywhere", seed, "seed", ""),
  row("the same after an `om --init` of somebody", { ...seed, disk: asSeed(DISK.initialised) }, "seed", ""),
  row("the same with om/current half made", { ...seed, disk: { ...DISK.empty, halfMade: true } }, "seed", ""),
  row("the same without an SCM", { ...seed, clusterID: null }, "wait", "no SCM answers"),
  row(
    "the same while another answers",
    { ...seed, live: leaderless({ answering: ["om-1"] }) },
    "wait",
    "om-1 runs already",
  ),
  row(
    "the same while it is unknown whether another runs",
    { ...seed, live: leaderless({ unclear: ["om-2"] }) },
    "wait",
    "of om-2 nothing could be found out",
  ),
  row(
    "the same with traces of members that have left",
    { ...seed, record: { ...FRESH, hasTraces: true } },
    "wait",
    "so there was a ring",
  ),
  row(
    "the same with a database of something earlier",
    { ...seed, disk: asSeed(DISK.database) },
    "wait",
    "there is state of an earlier ring",
  ),
  row(
    "the same where another has begun",
    { ...seed, record: recordOf("om-1", [], null) },
    "wait",
    "om-1 has begun to make the ring",
  ),
  row("the same on its way out", { ...seed, notWanted: "ordinal 0 is going" }, "wait", "ordinal 0 is going"),
];
