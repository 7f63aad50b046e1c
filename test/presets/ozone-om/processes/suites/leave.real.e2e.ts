// Members that leave their ring as in a scale-down, by the preStop of their containers: the leader on the last ordinal,
// a leave whose admin command fails, a restart without a leave, and rejoining with the old volume.
import assert from "node:assert/strict";
import { tryRepeatedly } from "../../../../e2e/harness/eventually.ts";
import { handOver } from "../byHand.ts";
import { type ClientProcess, startClientProcess } from "../client.ts";
import { type Crew, makeCrew, mustHaveJoined } from "../crew.ts";
import { measureTime } from "../measureTime.ts";
import { observeMemberRing, waitForMembers } from "../member.ts";
import { openPlace, type RingPlace, waitUntil } from "../place.ts";

const SIZE = 3;
const LAST = SIZE - 1;

describe("members that leave their ring", function () {
  // each test continues with the ring of the one before
  this.bail(true);
  let place: RingPlace;
  let crew: Crew;
  let client: ClientProcess;

  before(async () => {
    place = await measureTime("SCM and its cluster", () =>
      openPlace(process.env["ROLLCALL_OZONE_JARS"] ?? ""),
    );
    crew = await makeCrew(place, SIZE);
    await crew.grow(0, "seed");
    client = await startClientProcess(place);
    for (const ordinal of [1, 2]) await crew.grow(ordinal, "bootstrap");
  });

  after(() => place?.close());

  const gone = (): string[] => Object.keys(place.record()?.tombstones ?? {});

  it("a stop without a scale-down changes nothing", async () => {
    const before = place.record();
    for (const replicas of [SIZE, 0]) {
      place.scale(replicas);
      assert.equal(await crew.member(LAST).leave().ended, 0);
      assert.match(await crew.member(LAST).log(), /pod om-2 does not leave: /);
    }
    await waitForMembers(place, crew.ids(SIZE));
    assert.deepEqual(place.record(), before);
  });

  it("a restarting leader transfers leadership to the lowest other member", async () => {
    place.scale(SIZE);
    const before = place.record();
    for (const [ordinal, next] of [
      [0, "om-1"],
      [1, "om-0"],
    ] as const) {
      // within its time limit, or not at all
      await tryRepeatedly(3, async () => {
        await handOver(crew, SIZE, `om-${ordinal}`);
        assert.equal(await measureTime(`om-${ordinal} stops`, () => crew.member(ordinal).leave().ended), 0);
        await waitForMembers(place, crew.ids(SIZE));
        assert.equal((await ledRing()).leader, next, await crew.member(ordinal).log());
      });
    }
    assert.deepEqual(place.record(), before);
  });

  it("a hundred restarts change neither members nor record", async () => {
    const before = place.record();
    const { leader } = await ledRing();
    const followers = [0, 1, 2].filter((ordinal) => crew.member(ordinal).id !== leader);
    await measureTime("a hundred stops", async () => {
      for (let stops = 0; stops < 100; stops += followers.length) {
        const ends = await Promise.all(followers.map((ordinal) => crew.member(ordinal).leave().ended));
        assert.ok(ends.every((code) => code === 0));
      }
    });
    await waitForMembers(place, crew.ids(SIZE));
    assert.deepEqual(place.record(), before);
  });

  async function ledRing() {
    const live = await observeMemberRing(place);
    assert.ok(live.is === "led", JSON.stringify(live));
    return live.ring;
  }

  it("a leave reports a failing admin command, and the ring is unchanged", async () => {
    place.scale(LAST);
    const left = crew.member(LAST).leave("false");
    assert.equal(await measureTime("a leave that gives up", () => left.ended), 1);
    assert.match(left.printed(), /leave-failed: om-2 is still in the ring after 4 tries/);
    await waitForMembers(place, crew.ids(SIZE));
    assert.deepEqual(gone(), []);
    assert.deepEqual(Object.keys(place.record()?.intents ?? {}), ["om-2"]);
  });

  it("the leader on the last ordinal transfers leadership to om-0, and is removed while it still runs", async () => {
    await measureTime("om-2 made the leader", () =>
      tryRepeatedly(3, async () => {
        await handOver(crew, SIZE, "om-2");
        assert.equal((await ledRing()).leader, "om-2");
      }),
    );
    const daemon = crew.daemon(LAST);
    assert.equal(
      await measureTime("om-2 leaves", () => crew.member(LAST).leave().ended),
      0,
      await crew.member(LAST).log(),
    );
    const log = await crew.member(LAST).log();
    // with both cores busy another one may have been elected before
    if (/hand leadership/.test(log)) assert.match(log, /transfer leadership from om-2 to om-0/);
    else console.log("      om-2 did not lead any more when it began to leave");
    await waitForMembers(place, crew.ids(LAST));
    assert.ok(crew.ids(LAST).includes((await ledRing()).leader));
    assert.deepEqual([gone(), place.record()?.intents], [["om-2"], {}]);
    assert.deepEqual(place.record()?.ring?.members, crew.ids(LAST));
    await waitUntil("the removed daemon to stop itself", 180, () => daemon.child.exitCode !== null);
    assert.equal(await measureTime("the same leave again", () => crew.member(LAST).leave().ended), 0);
  });

  it("rejoins with its old volume after a scale-up, and no acknowledged write is lost", async () => {
    place.scale(SIZE);
    crew.runs(LAST, await measureTime("om-2 back", () => crew.member(LAST).up()));
    await waitForMembers(place, crew.ids(SIZE));
    await mustHaveJoined(crew, LAST, "bootstrap");
    assert.deepEqual(gone(), []);
    const acknowledged = await client.stop();
    assert.ok(acknowledged.length > 20, `only ${acknowledged.length} were acknowledged`);
    assert.deepEqual(await client.missing(acknowledged), []);
  });
});
