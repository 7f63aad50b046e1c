// Real Ozone Managers whose Raft log was purged, on a version without HDDS-16057: a new member waits.
import assert from "node:assert/strict";
import { SERVICE_ID } from "../conf.ts";
import { type Crew, makeCrew } from "../crew.ts";
import { observeMemberRing, waitForMembers } from "../member.ts";
import { mustWaitFor, reportSoftware, runOmAdmin, startOmAdmin } from "../obstacle.ts";
import { openPlace, type RingPlace, waitUntil } from "../place.ts";

const SIZE = 3;
const WAITING = /om-3 waits for a version of Ozone with HDDS-16057: om-\d/;

describe("a ring that has purged its log", function () {
  // each test continues with the ring of the one before
  this.bail(true);
  let place: RingPlace;
  let crew: Crew;

  before(async () => {
    place = await openPlace(process.env["ROLLCALL_OZONE_JARS"] ?? "");
    crew = await makeCrew(place, SIZE + 1);
    await crew.grow(0, "seed");
    for (const ordinal of [1, 2]) await crew.grow(ordinal, "bootstrap");
  });

  after(() => place?.close());

  async function countPurges(): Promise<number | null> {
    const live = await observeMemberRing(place);
    if (live.is !== "led") throw new Error(live.why);
    return (await reportSoftware(crew, live.ring.leader)).purges;
  }

  it("gets no new member of 2.2.0 after `prepare`, with which Ozone's notes begin an upgrade", async () => {
    assert.equal(await countPurges(), 0);
    // it then asks each member at the default port, which members as processes do not have
    const preparing = startOmAdmin(crew, "prepare");
    await waitUntil("a purge", 180, async () => ((await countPurges()) ?? 0) > 0);
    await preparing.end("SIGKILL");
    await runOmAdmin(crew, "cancelprepare");
    const running = await mustWaitFor(crew, SIZE, WAITING);
    const { name, detail } = place.record()?.ring?.joinObstacle ?? {};
    assert.deepEqual([name, detail], ["log-purged", "Ozone 2.2.0"]);
    await crew.member(SIZE).kill(running);
  });

  it("nor after a restart, when only the members' own logs show it", async () => {
    place.scale(SIZE);
    for (const ordinal of [2, 1, 0]) {
      await crew.daemon(ordinal).end();
      await crew.start(ordinal);
      await waitForMembers(place, crew.ids(SIZE));
    }
    assert.equal(await countPurges(), 0, "it has purged again");
    const starts = place.record()?.ring?.logStarts ?? {};
    assert.deepEqual(Object.keys(starts).sort(), crew.ids(SIZE));
    assert.ok(
      Object.values(starts).every((start) => start > 0),
      JSON.stringify(starts),
    );
    await crew.member(SIZE).kill(await mustWaitFor(crew, SIZE, WAITING));
  });

  it("would be joined in vain: Ozone 2.2.0 itself refuses the snapshot while it bootstraps", async () => {
    const { conf } = crew.member(SIZE);
    const nodes = `ozone.om.nodes.${SERVICE_ID}=${crew.ids(SIZE + 1).join(",")}`;
    const limit = "ozone.om.admin.protocol.max.retries=2";
    const words = ["om", "--set", nodes, "--set", limit, "--bootstrap"];
    const daemon = place.start("bootstrap-by-hand", words, conf);
    const refusal = /not in running state, state BOOTSTRAPPING\. Abort install snapshot from Leader/;
    await waitUntil("Ozone to refuse the snapshot", 180, () => refusal.test(daemon.printed()));
    const live = await observeMemberRing(place);
    assert.ok(live.is === "led" && live.ring.members.every(({ id }) => id !== crew.member(SIZE).id));
    await daemon.end("SIGKILL");
  });
});
