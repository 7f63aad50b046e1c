// kill -9 at each stage of a join: what the next start finds, and what follows.
import { DISK, joiningOn, leaderless, led, recordOf, wholeDisk } from "../seen.ts";
import { asSeed, type Row, row, seed, TWO, whole } from "./row.ts";

export const CUT_OFF: readonly Row[] = [
  row("seed, recorded and nothing done", { ...seed, record: recordOf("om-0", [], null) }, "seed", ""),
  row(
    "seed, initialised",
    { ...seed, record: recordOf("om-0", [], null), disk: asSeed(DISK.initialised) },
    "seed",
    "",
  ),
  row(
    "seed, Raft begun",
    { ...seed, record: recordOf("om-0", [], null), disk: joiningOn(asSeed(DISK.unconfirmed), "om-0") },
    "seed",
    "",
  ),
  row(
    "seed, torn in the middle",
    { ...seed, record: recordOf("om-0", [], null), disk: joiningOn(asSeed(DISK.damaged), "om-0") },
    "seed",
    "",
  ),
  row(
    "seed, leading and not proven",
    { ...seed, record: recordOf("om-0", [], null), disk: joiningOn(asSeed(wholeDisk("om-0")), "om-0") },
    "seed",
    "",
  ),
  row(
    "seed, an old volume in the place of the begun one",
    { ...seed, record: recordOf("om-0", [], null), disk: asSeed(wholeDisk("om-0", "om-1")) },
    "start",
    '"by":"disk"',
  ),
  row(
    "seed, proven and recorded, not marked",
    { ...seed, record: recordOf("om-0", ["om-0"]), disk: joiningOn(asSeed(wholeDisk("om-0")), "om-0") },
    "finish",
    '"nodes":["om-0"]',
  ),
  row(
    "bootstrap, before its call",
    { live: led("om-0"), disk: joiningOn(DISK.database, ...TWO) },
    "bootstrap",
    '"clear":"discard"',
  ),
  row(
    "bootstrap, called and not taken in",
    { live: led("om-0"), disk: joiningOn(DISK.unconfirmed, ...TWO) },
    "bootstrap",
    '"clear":"discard"',
  ),
  row(
    "bootstrap, taken in and not yet applied here",
    { live: led(...TWO), disk: joiningOn(DISK.unconfirmed, ...TWO) },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  row(
    "the same, and the leader cannot lead without it",
    {
      live: leaderless({ answering: ["om-0"], leaders: ["om-0"] }),
      disk: joiningOn(DISK.unconfirmed, ...TWO),
    },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  row(
    "the same, and of what the leader has sent only the ring of before is applied here",
    {
      live: leaderless({ answering: ["om-0"], leaders: ["om-0"] }),
      disk: joiningOn(wholeDisk("om-0"), ...TWO),
    },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  row(
    "the same while a ring without it answers",
    { live: led("om-0"), disk: joiningOn(wholeDisk("om-0"), ...TWO) },
    "bootstrap",
    '"clear":"discard"',
  ),
  row(
    "the same while the others can",
    {
      live: leaderless({ answering: ["om-0", "om-2"] }),
      disk: joiningOn(DISK.unconfirmed, "om-0", "om-2", "om-1"),
      isSettled: false,
    },
    "wait",
    "enough to elect one",
  ),
  row(
    "bootstrap, applied and not proven",
    { live: led(...TWO), disk: joiningOn(whole, ...TWO) },
    "finish",
    '"nodes":["om-0","om-1"]',
  ),
  row("the same with no leader", { disk: joiningOn(whole, ...TWO) }, "finish", '"nodes":["om-0","om-1"]'),
  row(
    "bootstrap, proven and marked, the note still there",
    { live: led(...TWO), disk: joiningOn(whole, ...TWO), isMarked: true, record: recordOf("om-0", TWO) },
    "finish",
    "",
  ),
  row(
    "bootstrap, before its call, and no leader any more",
    { disk: joiningOn(DISK.database, ...TWO), record: recordOf("om-0", ["om-0"]) },
    "wait",
    "a leader",
  ),
  row("bootstrap with its volume lost meanwhile", { live: led(...TWO) }, "state-lost", "its volume is empty"),
];
