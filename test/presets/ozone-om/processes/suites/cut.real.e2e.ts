// `kill -9` of the joining process at each stage of its join, each with another member, under a client's load: the next
// start completes correctly, and there is never a second ring.
import assert from "node:assert/strict";
import { type ClientProcess, startClientProcess } from "../client.ts";
import { type Crew, makeCrew, mustHaveJoined } from "../crew.ts";
import { type Cut, cutOff } from "../cut.ts";
import { measureTime } from "../measureTime.ts";
import { observeMemberRing, readMemberDisk, waitForMembers } from "../member.ts";
import { openPlace, type RingPlace } from "../place.ts";
import type { RunningDaemon } from "../process.ts";

interface Stage extends Cut {
  readonly name: string;
  readonly ordinal: number;
  /** Raft's files on the killed member's disk, which prove the stage */
  readonly raft: readonly string[];
  /** whether the leader had been told to add it */
  readonly asked: boolean;
  /** the decision by which the next start continues */
  readonly next: "bootstrap" | "finish";
}

/** The hardest first: a ring of one has added the second member and has no majority without it. */
const STAGES: readonly Stage[] = [
  {
    name: "after commit, with the leader alone now",
    ordinal: 1,
    told: "leader",
    line: "add OM om-1 in Ratis group",
    raft: ["unconfirmed", "whole"],
    asked: true,
    next: "finish",
  },
  {
    name: "before the RPC",
    ordinal: 2,
    told: "joiner",
    line: "has been successfully formatted",
    raft: ["none", "unconfirmed"],
    asked: false,
    next: "bootstrap",
  },
  {
    name: "after the RPC",
    ordinal: 3,
    told: "leader",
    line: "to add new OM peer om-3|",
    raft: ["unconfirmed"],
    asked: true,
    next: "bootstrap",
  },
  {
    name: "before the marker",
    ordinal: 4,
    told: "joiner",
    line: "SHUTDOWN_MSG: Shutting down OzoneManager",
    raft: ["whole"],
    asked: true,
    next: "finish",
  },
];

describe("a killed join", function () {
  // each test continues with the ring of the one before
  this.bail(true);
  let place: RingPlace;
  let crew: Crew;
  let client: ClientProcess;

  before(async () => {
    place = await measureTime("SCM and its cluster", () =>
      openPlace(process.env["ROLLCALL_OZONE_JARS"] ?? ""),
    );
    crew = await makeCrew(place, STAGES.length + 1);
    await crew.grow(0, "seed");
    client = await startClientProcess(place);
  });

  after(() => place?.close());

  for (const stage of STAGES) {
    const { ordinal, name } = stage;
    it(`${name}: the next start completes it`, async () => {
      const member = crew.member(ordinal);
      place.scale(ordinal + 1);
      const leader = await findLeaderDaemon(crew, ordinal);
      const begin = leader.printed().length;
      const printed = await measureTime(`om-${ordinal} begins to join, and is killed`, () =>
        cutOff(member, leader, stage),
      );
      assert.doesNotMatch(printed, /marked: /);
      assert.equal(await member.marker(), null);
      const { raft, joining } = await readMemberDisk(member);
      assert.ok(stage.raft.includes(raft.is), `its Raft state is ${raft.is}`);
      assert.deepEqual(joining?.toSorted(), crew.ids(ordinal + 1));
      const wasAsked = leader.printed().slice(begin).includes(`to add new OM peer om-${ordinal}|`);
      assert.equal(wasAsked, stage.asked);
      crew.runs(ordinal, await measureTime(`om-${ordinal} up in the next start`, () => member.up()));
      assert.match(await member.log(), new RegExp(`om-${ordinal}: ${stage.next} with `));
      await waitForMembers(place, crew.ids(ordinal + 1));
      await mustHaveJoined(crew, ordinal, "bootstrap");
      assert.equal((await readMemberDisk(member)).joining, null);
      assert.deepEqual(place.record()?.ring?.members, crew.ids(ordinal + 1));
    });
  }

  it("loses no acknowledged write", async () => {
    const acknowledged = await client.stop();
    assert.ok(acknowledged.length > 20, `only ${acknowledged.length} were acknowledged`);
    assert.deepEqual(await client.missing(acknowledged), []);
    assert.equal(place.record()?.ring?.seed, "om-0");
  });
});

/** The daemon that leads the ring of the first `count` members. */
async function findLeaderDaemon(crew: Crew, count: number): Promise<RunningDaemon> {
  await waitForMembers(crew.place, crew.ids(count));
  const live = await observeMemberRing(crew.place);
  assert.ok(live.is === "led");
  return crew.daemon(Number(live.ring.leader.slice("om-".length)));
}
