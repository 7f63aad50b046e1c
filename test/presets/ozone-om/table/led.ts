// Rows in which something does not belong together, or a leader is found.
import { DISK, led, recordOf, wholeDisk } from "../seen.ts";
import { evicted, foreign, left, ownVersion, type Row, row, TWO, whole } from "./row.ts";

export const FATAL: readonly Row[] = [
  row(
    "another node's volume",
    { disk: { ...whole, version: ownVersion } },
    "fatal",
    "VERSION is of node om-0, this pod is om-1",
  ),
  row(
    "an SCM of another cluster",
    { disk: whole, live: led(...TWO), clusterID: "CID-2" },
    "fatal",
    "VERSION is of cluster CID-1, the SCM is of CID-2",
  ),
  row(
    "an SCM of another cluster than the record's, on an empty volume",
    { record: recordOf("om-0", TWO), clusterID: "CID-2" },
    "fatal",
    "the SCM is of cluster CID-2, the ring of this StatefulSet was made in CID-1",
  ),
  row(
    "a volume of another cluster, and no SCM that answers",
    { disk: whole, record: recordOf("om-0", TWO, "CID-2"), clusterID: null },
    "fatal",
    "the record says CID-2",
  ),
  row(
    "another group's folder",
    { disk: foreign, live: led(...TWO) },
    "fatal",
    "lies the folder of another Raft group, fb56c6cf",
  ),
  row(
    "a ring with a member of which no address is known",
    { live: led("om-0", "om1") },
    "fatal",
    "the ring has om1, of which this StatefulSet knows no address",
  ),
];

export const LED: readonly Row[] = [
  row("a member on its volume", { live: led(...TWO), disk: whole }, "start", '"by":"ring"'),
  row(
    "a member whose disk is older than the ring",
    { live: led(...TWO, "om-2"), disk: wholeDisk("om-0") },
    "start",
    '"by":"ring"',
  ),
  row(
    "a member that the record thinks has left",
    { live: led(...TWO), disk: whole, record: left },
    "start",
    '"by":"ring"',
  ),
  row(
    "a member, while no SCM answers",
    { live: led(...TWO), disk: whole, clusterID: null },
    "start",
    '"by":"ring"',
  ),
  row("a member on an empty volume", { live: led(...TWO) }, "state-lost", "its volume is empty"),
  row(
    "a member on a volume that was only initialised",
    { live: led(...TWO), disk: DISK.initialised },
    "state-lost",
    "its volume is empty",
  ),
  row(
    "a member whose Raft state is torn",
    { live: led(...TWO), disk: DISK.damaged },
    "state-lost",
    "its volume is damaged: torn",
  ),
  row(
    "a member whose configuration is gone",
    { live: led(...TWO), disk: DISK.unconfirmed },
    "state-lost",
    "holds no configuration of it",
  ),
  row("a new member", { live: led("om-0") }, "bootstrap", '"nodes":["om-0","om-1"],"clear":"nothing"'),
  row(
    "a new member after its `om --init`",
    { live: led("om-0"), disk: DISK.initialised },
    "bootstrap",
    '"clear":"discard"',
  ),
  row(
    "a removed member whose disk still lists it, with its tombstone",
    { live: led("om-0"), disk: whole, record: left },
    "bootstrap",
    '"clear":"archive"',
  ),
  row("the same with the record lost", { live: led("om-0"), disk: whole }, "bootstrap", '"clear":"archive"'),
  row(
    "a removed member with a torn disk",
    { live: led("om-0"), disk: DISK.damaged },
    "bootstrap",
    '"clear":"archive"',
  ),
  row(
    "a member that was taken out while its ordinal stays",
    { live: led("om-0"), disk: whole, record: evicted },
    "wait",
    "its readmission",
  ),
  row(
    "a new member before a lower one",
    { me: "om-2", live: led("om-0") },
    "wait",
    "om-1 to join the ring first",
  ),
  row(
    "a new member above one that was taken out",
    { me: "om-2", live: led("om-0"), gone: ["om-1"] },
    "bootstrap",
    '"nodes":["om-0","om-2"]',
  ),
  row("a new member without an SCM", { live: led("om-0"), clusterID: null }, "wait", "an SCM to answer"),
  row(
    "a new member that is going already",
    { live: led("om-0"), notWanted: "ordinal 1 is going" },
    "wait",
    "ordinal 1 is going",
  ),
];
