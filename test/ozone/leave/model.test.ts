// Whole leaves of several members in the model of ring and disk: at once, in the face of power cuts and scale-ups, and
// with an admin command that does nothing.
import assert from "node:assert/strict";
import fc from "fast-check";
import { ModelApi, makePod, type Pod, PowerCut } from "../modelPod.ts";
import { ModelRing } from "../modelRing.ts";
import { makeVolume, type Volume } from "../volume.ts";

const IDS = ["om-0", "om-1", "om-2", "om-3"];
const STEP = process.env["ROLLCALL_EVERY_CUT"] === "1" ? 1 : 5;

describe("leaving a ring of Ozone Managers, in a model", function () {
  this.timeout(120_000);
  let ring: ModelRing;
  let api: ModelApi;
  let pods: Pod[];
  const volumes: Volume[] = [];

  /** Four members that run. */
  async function fresh(): Promise<void> {
    await sweep();
    ring = new ModelRing();
    api = new ModelApi();
    for (const _ of IDS) volumes.push(await makeVolume());
    pods = volumes.map((volume, ordinal) => makePod({ ordinal, volume, ring, api }));
    for (const ordinal of IDS.keys()) await up(ordinal);
  }

  async function sweep(): Promise<void> {
    for (const volume of volumes.splice(0)) await volume.remove();
  }

  beforeEach(fresh);
  afterEach(sweep);

  const pod = (ordinal: number): Pod => {
    const found = pods[ordinal];
    assert.ok(found);
    return found;
  };
  async function up(ordinal: number): Promise<void> {
    const { failure } = await pod(ordinal).run();
    assert.equal(failure, null, JSON.stringify(failure));
    ring.plain(pod(ordinal).id);
  }
  const gone = (record = api.record()): string[] =>
    Object.entries(record?.tombstones ?? {})
      .filter(([, { finished }]) => finished)
      .map(([id]) => id)
      .sort();

  it("4 → 1 at once: the highest goes first, leadership ends on ordinal 0, tombstones and record say so", async () => {
    ring.preferred = "om-2";
    api.replicas = 1;
    const left = await Promise.all([1, 3, 2].map((ordinal) => pod(ordinal).leave()));
    assert.deepEqual(
      left.map(({ is }) => is),
      ["done", "done", "done"],
    );
    assert.deepEqual(ring.broken, []);
    assert.deepEqual(ring.history.slice(-3), [["om-0", "om-1", "om-2"], ["om-0", "om-1"], ["om-0"]]);
    assert.equal(ring.leader(), "om-0");
    assert.deepEqual(gone(), ["om-1", "om-2", "om-3"]);
    assert.deepEqual([api.record()?.ring?.members, api.record()?.intents], [["om-0"], {}]);
  });

  it("does nothing where its ordinal stays, where all stop, and where nobody can be asked", async () => {
    const before = ring.history.length;
    for (const replicas of [4, 0]) {
      api.replicas = replicas;
      assert.equal((await pod(3).leave()).is, "stays");
    }
    assert.deepEqual([ring.history.length, gone(), api.record()?.intents], [before, [], {}]);
  });

  it("an admin command that does nothing fails it after a few tries, says what it said, and leaves the ring as it is", async () => {
    api.replicas = 3;
    ring.adminFails = true;
    const left = await pod(3).leave();
    assert.ok(left.is === "failed" && left.failure.name === "leave-failed", JSON.stringify(left));
    assert.match(
      left.failure.why,
      /om-3 is still in the ring after 4 tries to have itself taken out.*exited 255/,
    );
    assert.deepEqual([ring.members, gone()], [IDS, []]);
    ring.adminFails = false;
    assert.equal((await pod(3).leave()).is, "done");
    assert.equal((await pod(3).leave()).is, "done");
    assert.deepEqual([ring.members, gone(), ring.broken], [IDS.slice(0, 3), ["om-3"], []]);
  });

  it("waits as long as a leave would cost the majority, and gives up without having touched the ring", async () => {
    api.replicas = 3;
    ring.daemons.delete("om-0");
    // three of four run: a majority now, and two of the three that would remain
    assert.equal((await pod(3).leave()).is, "done");
    api.replicas = 2;
    const left = await pod(2).leave();
    assert.ok(left.is === "failed" && left.failure.name === "leave-failed", JSON.stringify(left));
    assert.match(
      left.failure.why,
      /om-2 is still in the ring: it waited \d+ s for a majority of those who remain/,
    );
    assert.deepEqual([ring.members, gone(), ring.broken], [IDS.slice(0, 3), ["om-3"], []]);
  });

  it("ends right after a power cut at any call: gone with a tombstone after the next leave, or in the ring", async () => {
    let cut = 1 + ((fc.readConfigureGlobal().seed ?? 0) % STEP);
    for (; await isRightAfterCut(cut); cut += STEP);
    assert.ok(cut > 20, `only ${cut} calls`);
  });

  /** @returns false where it had ended before the cut */
  async function isRightAfterCut(cut: number): Promise<boolean> {
    await fresh();
    ring.preferred = "om-3";
    api.replicas = 3;
    const ended = await pod(3)
      .leave(cut)
      .catch((error: unknown) => error);
    if (!(ended instanceof PowerCut)) return false;
    assert.ok(gone().length === 0 || !ring.members.includes("om-3"), `a tombstone of a member, cut ${cut}`);
    assert.equal((await pod(3).leave()).is, "done", `cut ${cut}`);
    assert.deepEqual([ring.members, gone(), ring.broken], [IDS.slice(0, 3), ["om-3"], []], `cut ${cut}`);
    return true;
  }

  it("after a cut and a scale-up it is in the ring, whatever had been done", async () => {
    for (let cut = 3; cut < 40; cut += 9) {
      await fresh();
      api.replicas = 3;
      await pod(3)
        .leave(cut)
        .catch(() => undefined);
      ring.daemons.delete("om-3");
      api.replicas = 4;
      await up(3);
      assert.deepEqual([ring.members.toSorted(), gone(), ring.broken], [IDS, [], []], `cut ${cut}`);
      assert.deepEqual(api.record()?.intents, {}, `cut ${cut}`);
    }
  });
});
