// Rows with contradictions, or with a leader.
import { buildLedRing, buildRingRecord, buildWholeDisk, DISK } from "../seen.ts";
import { defineRow, evicted, foreign, left, ownVersion, type Row, TWO, whole } from "./row.ts";

export const FATAL: readonly Row[] = [
  defineRow(
    "another node's volume",
    { disk: { ...whole, version: ownVersion } },
    "fatal",
    "VERSION names node om-0, but this pod is om-1",
  ),
  defineRow(
    "an SCM of another cluster",
    { disk: whole, live: buildLedRing(...TWO), clusterID: "CID-2" },
    "fatal",
    "VERSION names cluster CID-1, but the SCM CID-2",
  ),
  defineRow(
    "an SCM of another cluster than the record's, with an empty volume",
    { record: buildRingRecord("om-0", TWO), clusterID: "CID-2" },
    "fatal",
    "the SCM belongs to cluster CID-2, but the ring of this StatefulSet to CID-1",
  ),
  defineRow(
    "a volume of another cluster, and no answer by an SCM",
    { disk: whole, record: buildRingRecord("om-0", TWO, "CID-2"), clusterID: null },
    "fatal",
    "the record CID-2",
  ),
  defineRow(
    "another group's folder",
    { disk: foreign, live: buildLedRing(...TWO) },
    "fatal",
    "there is the folder of another Raft group, fb56c6cf",
  ),
  defineRow(
    "a ring with a member without a known address",
    { live: buildLedRing("om-0", "om1") },
    "fatal",
    "the ring lists om1, for which this StatefulSet has no address",
  ),
];

export const LED: readonly Row[] = [
  defineRow(
    "a member of a ring that begins above spec.ordinals.start",
    { me: "om-3", live: buildLedRing("om-1", "om-2"), belowStart: ["om-0"] },
    "bootstrap",
    '"nodes":["om-1","om-2","om-3"]',
  ),
  defineRow("a member on its volume", { live: buildLedRing(...TWO), disk: whole }, "start", '"by":"ring"'),
  defineRow(
    "a member whose disk is older than the ring",
    { live: buildLedRing(...TWO, "om-2"), disk: buildWholeDisk("om-0") },
    "start",
    '"by":"ring"',
  ),
  defineRow(
    "a member that has left according to the record",
    { live: buildLedRing(...TWO), disk: whole, record: left },
    "start",
    '"by":"ring"',
  ),
  defineRow(
    "a member without an answer by an SCM",
    { live: buildLedRing(...TWO), disk: whole, clusterID: null },
    "start",
    '"by":"ring"',
  ),
  defineRow(
    "a member with an empty volume",
    { live: buildLedRing(...TWO) },
    "state-lost",
    "its volume is empty",
  ),
  defineRow(
    "a member with a volume that was only initialised",
    { live: buildLedRing(...TWO), disk: DISK.initialised },
    "state-lost",
    "its volume is empty",
  ),
  defineRow(
    "a member whose Raft state is corrupt",
    { live: buildLedRing(...TWO), disk: DISK.damaged },
    "state-lost",
    "its volume is damaged: torn",
  ),
  defineRow(
    "a member whose configuration is gone",
    { live: buildLedRing(...TWO), disk: DISK.unconfirmed },
    "state-lost",
    "holds no ring configuration",
  ),
  defineRow(
    "a new member",
    { live: buildLedRing("om-0") },
    "bootstrap",
    '"nodes":["om-0","om-1"],"clear":"nothing"',
  ),
  defineRow(
    "a new member after its `om --init`",
    { live: buildLedRing("om-0"), disk: DISK.initialised },
    "bootstrap",
    '"clear":"discard"',
  ),
  defineRow(
    "a removed member whose disk still lists it, with its tombstone",
    { live: buildLedRing("om-0"), disk: whole, record: left },
    "bootstrap",
    '"clear":"archive"',
  ),
  defineRow(
    "the same with the record lost",
    { live: buildLedRing("om-0"), disk: whole },
    "bootstrap",
    '"clear":"archive"',
  ),
  defineRow(
    "a removed member with a damaged volume",
    { live: buildLedRing("om-0"), disk: DISK.damaged },
    "bootstrap",
    '"clear":"archive"',
  ),
  defineRow(
    "a removed member whose ordinal stays",
    { live: buildLedRing("om-0"), disk: whole, record: evicted },
    "wait",
    "its readmission",
  ),
  defineRow(
    "a new member before a lower one",
    { me: "om-2", live: buildLedRing("om-0") },
    "wait",
    "om-1 to join the ring first",
  ),
  defineRow(
    "a new member above a removed one",
    { me: "om-2", live: buildLedRing("om-0"), tombstoned: ["om-1"] },
    "bootstrap",
    '"nodes":["om-0","om-2"]',
  ),
  defineRow(
    "a new member without an SCM",
    { live: buildLedRing("om-0"), clusterID: null },
    "wait",
    "an SCM to answer",
  ),
  defineRow(
    "a new member that is leaving already",
    { live: buildLedRing("om-0"), whyUnwanted: "ordinal 1 is going" },
    "wait",
    "ordinal 1 is going",
  ),
];
