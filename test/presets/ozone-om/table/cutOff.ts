// kill -9 at each stage of a join: what the next start finds, and what follows.
import {
  buildLeaderlessRing,
  buildLedRing,
  buildRingRecord,
  buildWholeDisk,
  DISK,
  markJoining,
} from "../seen.ts";
import { defineRow, markAsSeed, type Row, seed, TWO, whole } from "./row.ts";

export const CUT_OFF: readonly Row[] = [
  defineRow(
    "seed, recorded and nothing done",
    { ...seed, record: buildRingRecord("om-0", [], null) },
    "seed",
    "",
  ),
  defineRow(
    "seed, initialised",
    { ...seed, record: buildRingRecord("om-0", [], null), disk: markAsSeed(DISK.initialised) },
    "seed",
    "",
  ),
  defineRow(
    "seed, Raft begun",
    {
      ...seed,
      record: buildRingRecord("om-0", [], null),
      disk: markJoining(markAsSeed(DISK.unconfirmed), "om-0"),
    },
    "seed",
    "",
  ),
  defineRow(
    "seed, torn in the middle",
    {
      ...seed,
      record: buildRingRecord("om-0", [], null),
      disk: markJoining(markAsSeed(DISK.damaged), "om-0"),
    },
    "seed",
    "",
  ),
  defineRow(
    "seed, leading and not proven",
    {
      ...seed,
      record: buildRingRecord("om-0", [], null),
      disk: markJoining(markAsSeed(buildWholeDisk("om-0")), "om-0"),
    },
    "seed",
    "",
  ),
  defineRow(
    "seed, an old volume in the place of the begun one",
    { ...seed, record: buildRingRecord("om-0", [], null), disk: markAsSeed(buildWholeDisk("om-0", "om-1")) },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "seed, proven and recorded, not marked",
    {
      ...seed,
      record: buildRingRecord("om-0", ["om-0"]),
      disk: markJoining(markAsSeed(buildWholeDisk("om-0")), "om-0"),
    },
    "finish",
    '"nodes":["om-0"]',
  ),
  defineRow(
    "bootstrap, before its call",
    { live: buildLedRing("om-0"), disk: markJoining(DISK.database, ...TWO) },
    "bootstrap",
    '"clear":"discard"',
  ),
  defineRow(
    "bootstrap, called and not taken in",
    { live: buildLedRing("om-0"), disk: markJoining(DISK.unconfirmed, ...TWO) },
    "bootstrap",
    '"clear":"discard"',
  ),
  defineRow(
    "bootstrap, taken in and not yet applied here",
    { live: buildLedRing(...TWO), disk: markJoining(DISK.unconfirmed, ...TWO) },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "the same, and the leader cannot lead without it",
    {
      live: buildLeaderlessRing({ reachable: ["om-0"], leaders: ["om-0"] }),
      disk: markJoining(DISK.unconfirmed, ...TWO),
    },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "the same, and of what the leader has sent only the ring of before is applied here",
    {
      live: buildLeaderlessRing({ reachable: ["om-0"], leaders: ["om-0"] }),
      disk: markJoining(buildWholeDisk("om-0"), ...TWO),
    },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "the same while a ring without it answers",
    { live: buildLedRing("om-0"), disk: markJoining(buildWholeDisk("om-0"), ...TWO) },
    "bootstrap",
    '"clear":"discard"',
  ),
  defineRow(
    "the same while the others can",
    {
      live: buildLeaderlessRing({ reachable: ["om-0", "om-2"] }),
      disk: markJoining(DISK.unconfirmed, "om-0", "om-2", "om-1"),
      isGracePeriodOver: false,
    },
    "wait",
    "enough to elect one",
  ),
  defineRow(
    "bootstrap, applied and not proven",
    { live: buildLedRing(...TWO), disk: markJoining(whole, ...TWO) },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "the same with no leader",
    { disk: markJoining(whole, ...TWO) },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "bootstrap, proven and marked, the note still there",
    {
      live: buildLedRing(...TWO),
      disk: markJoining(whole, ...TWO),
      isMarked: true,
      record: buildRingRecord("om-0", TWO),
    },
    "finish",
    "",
  ),
  defineRow(
    "bootstrap, before its call, and no leader any more",
    { disk: markJoining(DISK.database, ...TWO), record: buildRingRecord("om-0", ["om-0"]) },
    "wait",
    "a leader",
  ),
  defineRow(
    "bootstrap with its volume lost meanwhile",
    { live: buildLedRing(...TWO) },
    "state-lost",
    "its volume is empty",
  ),
];
