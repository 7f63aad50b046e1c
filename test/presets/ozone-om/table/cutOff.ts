// kill -9 at each stage of a join: the state at the next start, and the decision.
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
    "a seed that is recorded and has done nothing",
    { ...seed, record: buildRingRecord("om-0", [], null) },
    "seed",
    "",
  ),
  defineRow(
    "a seed that is initialised",
    { ...seed, record: buildRingRecord("om-0", [], null), disk: markAsSeed(DISK.initialised) },
    "seed",
    "",
  ),
  defineRow(
    "a seed whose Raft state has begun",
    {
      ...seed,
      record: buildRingRecord("om-0", [], null),
      disk: markJoining(markAsSeed(DISK.unconfirmed), "om-0"),
    },
    "seed",
    "",
  ),
  defineRow(
    "a seed whose Raft state is damaged",
    {
      ...seed,
      record: buildRingRecord("om-0", [], null),
      disk: markJoining(markAsSeed(DISK.damaged), "om-0"),
    },
    "seed",
    "",
  ),
  defineRow(
    "a seed that leads and is not verified",
    {
      ...seed,
      record: buildRingRecord("om-0", [], null),
      disk: markJoining(markAsSeed(buildWholeDisk("om-0")), "om-0"),
    },
    "seed",
    "",
  ),
  defineRow(
    "a seed with an old volume instead of the new one",
    { ...seed, record: buildRingRecord("om-0", [], null), disk: markAsSeed(buildWholeDisk("om-0", "om-1")) },
    "start",
    '"by":"disk"',
  ),
  defineRow(
    "a seed that is verified and recorded, without a marker",
    {
      ...seed,
      record: buildRingRecord("om-0", ["om-0"]),
      disk: markJoining(markAsSeed(buildWholeDisk("om-0")), "om-0"),
    },
    "finish",
    '"nodes":["om-0"]',
  ),
  defineRow(
    "a bootstrap before its request to the leader",
    { live: buildLedRing("om-0"), disk: markJoining(DISK.database, ...TWO) },
    "bootstrap",
    '"clear":"discard"',
  ),
  defineRow(
    "a bootstrap whose request did not add it",
    { live: buildLedRing("om-0"), disk: markJoining(DISK.unconfirmed, ...TWO) },
    "bootstrap",
    '"clear":"discard"',
  ),
  defineRow(
    "a bootstrap that was added and has not applied it",
    { live: buildLedRing(...TWO), disk: markJoining(DISK.unconfirmed, ...TWO) },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "the same, and the leader has no majority without it",
    {
      live: buildLeaderlessRing({ reachable: ["om-0"], leaders: ["om-0"] }),
      disk: markJoining(DISK.unconfirmed, ...TWO),
    },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "the same, and only the earlier ring is applied here",
    {
      live: buildLeaderlessRing({ reachable: ["om-0"], leaders: ["om-0"] }),
      disk: markJoining(buildWholeDisk("om-0"), ...TWO),
    },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "the same while members of a ring without it answer",
    { live: buildLedRing("om-0"), disk: markJoining(buildWholeDisk("om-0"), ...TWO) },
    "bootstrap",
    '"clear":"discard"',
  ),
  defineRow(
    "the same while the others have a majority",
    {
      live: buildLeaderlessRing({ reachable: ["om-0", "om-2"] }),
      disk: markJoining(DISK.unconfirmed, "om-0", "om-2", "om-1"),
      isGracePeriodOver: false,
    },
    "wait",
    "enough to elect one",
  ),
  defineRow(
    "a bootstrap that is applied and not verified",
    { live: buildLedRing(...TWO), disk: markJoining(whole, ...TWO) },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "the same without a leader",
    { disk: markJoining(whole, ...TWO) },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  defineRow(
    "a bootstrap that is verified and marked, with its note left",
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
    "a bootstrap before its request, and the leader is gone",
    { disk: markJoining(DISK.database, ...TWO), record: buildRingRecord("om-0", ["om-0"]) },
    "wait",
    "a leader",
  ),
  defineRow(
    "a bootstrap whose volume was lost in the meantime",
    { live: buildLedRing(...TWO) },
    "state-lost",
    "its volume is empty",
  ),
];
