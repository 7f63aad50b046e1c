// The decision on every combination of observations: what must never be decided in any of them.
import assert from "node:assert/strict";
import type { JoinDecision } from "../../../init/engine/ring/joinDecision.ts";
import type { RingView } from "../../../init/engine/ring/view.ts";
import type { OzoneObservation } from "../../../presets/ozone-om/runner/context.ts";
import { decideMember } from "../../../presets/ozone-om/runner/decideMember.ts";
import { classifyDisk, type DiskContents } from "../../../presets/ozone-om/runner/read/disk.ts";
import {
  buildLeaderlessRing,
  buildLedRing,
  buildObservation,
  buildRingRecord,
  buildWholeDisk,
  CLUSTER,
  DISK,
  FRESH,
  markJoining,
} from "./seen.ts";

const SUPERSET = ["om-0", "om-1", "om-2"];

function subsets(all: readonly string[]): string[][] {
  const [first, ...rest] = all;
  if (first === undefined) return [[]];
  return subsets(rest).flatMap((each) => [each, [first, ...each]]);
}

const LIVES: readonly RingView[] = [
  ...subsets(SUPERSET)
    .filter(({ length }) => length > 0)
    .map((members) => buildLedRing(...members)),
  buildLedRing("om-0", "strange"),
  ...subsets(SUPERSET).flatMap((reachable) =>
    subsets(SUPERSET.filter((id) => !reachable.includes(id))).flatMap((unverified) =>
      [[], reachable.slice(0, 1), reachable.slice(0, 2)].map((leaders) =>
        buildLeaderlessRing({ reachable, unverified, leaders }),
      ),
    ),
  ),
];

const PLAIN: readonly DiskContents[] = [
  ...Object.values(DISK),
  ...subsets(SUPERSET)
    .filter(({ length }) => length > 0)
    .map((peers) => buildWholeDisk(...peers)),
];
const DISKS: readonly DiskContents[] = [
  ...PLAIN,
  ...PLAIN.flatMap((disk) => [markJoining(disk), markJoining(disk, "om-0", "om-1")]),
  { ...buildWholeDisk("om-0", "om-1"), foreignGroups: ["other"] },
];

const RINGS = [
  FRESH,
  buildRingRecord("om-0", [], null),
  buildRingRecord("om-1", [], null),
  buildRingRecord("om-0", ["om-0", "om-1"]),
  buildRingRecord(null, ["om-0"]),
];
const RECORDS: readonly OzoneObservation["record"][] = RINGS.flatMap((ring) => [
  ring,
  { ...ring, hasTraces: true },
  ...[true, false].map((finished) => ({ ...ring, tombstone: { finished }, hasTraces: true })),
]);

const BOTH = [true, false] as const;

/** Every combination of one value from each list. */
function* combinations<T extends object>(lists: { readonly [K in keyof T]: readonly T[K][] }): Generator<T> {
  const [first, ...rest] = Object.keys(lists) as (keyof T)[];
  if (first === undefined) {
    yield {} as T;
    return;
  }
  const others = Object.fromEntries(rest.map((key) => [key, lists[key]]));
  for (const other of combinations(others)) {
    for (const value of lists[first]) yield { ...other, [first]: value } as T;
  }
}

function* states(): Generator<OzoneObservation> {
  const all = combinations<
    Pick<OzoneObservation, "me" | "live" | "disk" | "record" | "isMarked" | "isGracePeriodOver" | "clusterID">
  >({
    me: ["om-0", "om-1"],
    live: LIVES,
    disk: DISKS,
    record: RECORDS,
    isMarked: BOTH,
    isGracePeriodOver: BOTH,
    clusterID: [CLUSTER, null],
  });
  for (const each of all)
    yield buildObservation({ ...each, possibleMembers: SUPERSET, disk: of(each.me, each.disk) });
}

/** The same disk, of this member. */
function of(me: string, disk: DiskContents): DiskContents {
  const { version } = disk;
  return version === null || "broken" in version ? disk : { ...disk, version: { ...version, nodeId: me } };
}

const listRingIds = ({ live }: OzoneObservation): string[] | null =>
  live.is === "led" ? live.ring.members.map(({ id }) => id) : null;

function besides(me: string, live: RingView): string | null {
  if (live.is === "led") return "I2: a second ring beside a live one";
  if (live.unverified.length > 0) return "I6: a ring made although it is unknown who runs";
  return live.reachable.some((id) => id !== me) ? "I2: a ring made beside members that answer" : null;
}

/** Whether the member may create a ring, and why. */
function entitled({ record, me, disk }: OzoneObservation): string | null {
  const isRecorded = record.ring?.seed === me && record.ring.clusterID === null;
  const isFirst = record.ring === undefined && me === "om-0" && !record.hasTraces;
  if (!isRecorded && !isFirst) return "I2: a ring made by somebody who is not its recorded seed";
  const { is } = classifyDisk(disk);
  const isFresh = is === "empty" || is === "initialised";
  return isFresh || (isRecorded && disk.joining !== null) ? null : "I2: a ring made over an earlier state";
}

/** As long as an election is possible: more than half of these run, or may run. */
function mayLeadWithout(
  { me, live, isGracePeriodOver }: OzoneObservation,
  peers: readonly string[],
): boolean {
  if (isGracePeriodOver || live.is === "led") return false;
  const maybe = peers.filter(
    (id) => id !== me && (live.reachable.includes(id) || live.unverified.includes(id)),
  );
  return maybe.length * 2 > peers.length;
}

/** For each decision, a check that returns the violated condition, or null. */
const NEVER: {
  readonly [K in JoinDecision["do"]]: (
    observation: OzoneObservation,
    decision: JoinDecision & { do: K },
  ) => string | null;
} = {
  start: (now, { by }) => {
    const { disk, me, record } = now;
    const standing = classifyDisk(disk);
    if (standing.is !== "whole") return "I2: started plain without a whole state";
    if (disk.joining !== null) return "I3: started plain on a join that was never proven";
    const ring = listRingIds(now);
    if (by === "ring") return ring?.includes(me) ? null : "started by the word of a ring that lacks it";
    if (ring !== null) return "started by its disk although a ring answers";
    if (record.tombstone !== null) return "started by its disk against a tombstone";
    if (!standing.peers.includes(me)) return "started by a disk that does not list it";
    return mayLeadWithout(now, standing.peers) ? "I6: started by its disk while others may lead" : null;
  },
  seed: (now) => {
    const beside = besides(now.me, now.live);
    if (beside !== null) return beside;
    if (now.clusterID === null) return "I6: a ring made in an unknown cluster";
    if (now.record.tombstone !== null) return "I2: a member that has left makes a ring";
    return entitled(now);
  },
  bootstrap: (now, { nodes, clear }) => {
    const ring = listRingIds(now);
    if (ring === null) return "I6: joined without a ring that a majority agrees on";
    if (ring.includes(now.me)) return "joined a ring that has it";
    if (now.clusterID === null) return "I6: joined in an unknown cluster";
    if (now.record.tombstone?.finished === false) return "rejoined although it was taken out on purpose";
    const { is } = classifyDisk(now.disk);
    const isWorth = is !== "empty" && is !== "initialised" && now.disk.joining === null;
    if (isWorth && clear !== "archive") return "threw away a state that may be somebody's";
    return String(nodes) === String([...ring, now.me])
      ? null
      : "was given other nodes than the ring and itself";
  },
  finish: (now, { nodes }) => {
    if (now.disk.joining === null) return "finished a join that was never begun";
    const { is } = classifyDisk(now.disk);
    if (is !== "whole" && is !== "unconfirmed") return "finished a join without Raft state";
    if (listRingIds(now) === null && now.record.tombstone !== null) return "finished against a tombstone";
    return nodes.includes(now.me) ? null : "finished a join into a ring without itself";
  },
  "state-lost": ({ disk, me, live, record, isMarked }) => {
    const isWitnessed =
      live.is === "led"
        ? live.ring.members.some(({ id }) => id === me)
        : isMarked || record.ring?.members.includes(me) === true;
    if (!isWitnessed) return "called lost although nobody knows of it";
    return classifyDisk(disk).is === "whole" ? "called lost with a whole state" : null;
  },
  fatal: ({ disk, live, me, possibleMembers }) => {
    const isForeign = disk.foreignGroups.length > 0;
    const isStrange =
      live.is === "led" &&
      !live.ring.members.some(({ id }) => id === me) &&
      live.ring.members.some(({ id }) => !possibleMembers.includes(id));
    return isForeign || isStrange ? null : "called fatal although all belongs together";
  },
  wait: (now, decision) => {
    if (decision.for === "") return "waits and does not say for what";
    const isMember = listRingIds(now)?.includes(now.me) === true;
    return isMember ? "a member of a live ring waits" : null;
  },
};

describe("every observable state of an Ozone Manager", () => {
  it("never violates I2, I3 or I6", function () {
    this.timeout(120_000);
    const count = new Map<string, number>();
    let all = 0;
    for (const state of states()) {
      const decision = decideMember(state);
      // the table of checks has the decision as its key
      const broken = (
        NEVER[decision.do] as (observation: OzoneObservation, decision: JoinDecision) => string | null
      )(state, decision);
      if (broken !== null) assert.fail(`${broken}: ${JSON.stringify({ decision, state })}`);
      count.set(decision.do, (count.get(decision.do) ?? 0) + 1);
      all += 1;
    }
    console.log(`        ${all} states: ${[...count].map(([what, times]) => `${what} ${times}`).join(", ")}`);
    assert.ok(all >= 100_000, `only ${all} states`);
    assert.deepEqual([...count.keys()].sort(), Object.keys(NEVER).sort());
  });
});
