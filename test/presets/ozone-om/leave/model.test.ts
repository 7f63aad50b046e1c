// Whole leaves of several members in the model of ring and disk: at once, with power cuts and scale-ups, and with an
// admin command that has no effect.
import assert from "node:assert/strict";
import fc from "fast-check";
import { IDS, type ModelCluster, startMembers } from "../modelCluster.ts";
import { PowerCut } from "../modelPod.ts";

const STEP = process.env["ROLLCALL_EVERY_CUT"] === "1" ? 1 : 10;

describe("leaving a ring of Ozone Managers, in a model", function () {
  this.timeout(120_000);
  const template = startMembers(4);
  let cluster: ModelCluster;
  beforeEach(async () => {
    cluster = await template.copy();
  });
  afterEach(() => cluster.close());
  after(() => template.close());

  /** Four running members, instead of those that a test has changed. */
  async function renew(): Promise<void> {
    await cluster.close();
    cluster = await template.copy();
  }

  it("4 → 1 at once: the highest goes first, leadership ends on ordinal 0, tombstones and record say so", async () => {
    cluster.ring.preferred = "om-2";
    cluster.api.replicas = 1;
    const left = await Promise.all([1, 3, 2].map((ordinal) => cluster.pod(ordinal).leave()));
    assert.deepEqual(
      left.map(({ is }) => is),
      ["done", "done", "done"],
    );
    assert.deepEqual(cluster.ring.broken, []);
    assert.deepEqual(cluster.ring.history.slice(-3), [["om-0", "om-1", "om-2"], ["om-0", "om-1"], ["om-0"]]);
    assert.equal(cluster.ring.leader(), "om-0");
    assert.deepEqual(cluster.gone(), ["om-1", "om-2", "om-3"]);
    assert.deepEqual([cluster.api.record()?.ring?.members, cluster.api.record()?.intents], [["om-0"], {}]);
  });

  it("does nothing if its ordinal stays, all pods stop, or the API server is unreachable", async () => {
    const before = cluster.ring.history.length;
    for (const replicas of [4, 0]) {
      cluster.api.replicas = replicas;
      assert.equal((await cluster.pod(3).leave()).is, "stays");
    }
    assert.deepEqual(
      [cluster.ring.history.length, cluster.gone(), cluster.api.record()?.intents],
      [before, [], {}],
    );
  });

  it("fails after several attempts of an ineffective admin command, reports its output, and leaves the ring unchanged", async () => {
    cluster.api.replicas = 3;
    cluster.ring.adminFails = true;
    const left = await cluster.pod(3).leave();
    assert.ok(left.is === "failed" && left.failure.name === "leave-failed", JSON.stringify(left));
    assert.match(
      left.failure.why,
      /om-3 is still in the ring after 4 tries to remove om-3 from the ring.*exited 255/,
    );
    assert.deepEqual([cluster.ring.members, cluster.gone()], [IDS, []]);
    cluster.ring.adminFails = false;
    assert.equal((await cluster.pod(3).leave()).is, "done");
    assert.equal((await cluster.pod(3).leave()).is, "done");
    assert.deepEqual(
      [cluster.ring.members, cluster.gone(), cluster.ring.broken],
      [IDS.slice(0, 3), ["om-3"], []],
    );
  });

  it("waits while a leave would lose the majority, and gives up without changing the ring", async () => {
    cluster.api.replicas = 3;
    cluster.ring.daemons.delete("om-0");
    // three of four run: a majority now, and two of the three that would remain
    assert.equal((await cluster.pod(3).leave()).is, "done");
    cluster.api.replicas = 2;
    const left = await cluster.pod(2).leave();
    assert.ok(left.is === "failed" && left.failure.name === "leave-failed", JSON.stringify(left));
    assert.match(
      left.failure.why,
      /om-2 is still in the ring: it waited \d+ s for a majority of the remaining members/,
    );
    assert.deepEqual(
      [cluster.ring.members, cluster.gone(), cluster.ring.broken],
      [IDS.slice(0, 3), ["om-3"], []],
    );
  });

  it("is consistent after a power cut at any call: removed with a tombstone after the next leave, or in the ring", async () => {
    let cut = 1 + ((fc.readConfigureGlobal().seed ?? 0) % STEP);
    for (; await isRightAfterCut(cut); cut += STEP);
    assert.ok(cut > 20, `only ${cut} calls`);
  });

  /** @returns false if it had ended before the cut */
  async function isRightAfterCut(cut: number): Promise<boolean> {
    await renew();
    cluster.ring.preferred = "om-3";
    cluster.api.replicas = 3;
    const ended = await cluster
      .pod(3)
      .leave(cut)
      .catch((error: unknown) => error);
    if (!(ended instanceof PowerCut)) return false;
    assert.ok(
      cluster.gone().length === 0 || !cluster.ring.members.includes("om-3"),
      `a tombstone of a member, cut ${cut}`,
    );
    assert.equal((await cluster.pod(3).leave()).is, "done", `cut ${cut}`);
    assert.deepEqual(
      [cluster.ring.members, cluster.gone(), cluster.ring.broken],
      [IDS.slice(0, 3), ["om-3"], []],
      `cut ${cut}`,
    );
    return true;
  }

  it("4 → 3 → 4 in quick succession: the member ends in the ring whenever the scale-up happens", async () => {
    const ends = new Set<string>();
    for (let asks = 1 + ((fc.readConfigureGlobal().seed ?? 0) % STEP); ; asks += STEP) {
      await renew();
      cluster.ring.preferred = "om-3";
      cluster.api.replicas = 3;
      cluster.api.later = { asks, replicas: 4 };
      const left = await cluster.pod(3).leave();
      assert.notEqual(left.is, "failed", JSON.stringify(left));
      ends.add(left.is);
      if (cluster.api.later !== null) break;
      cluster.ring.daemons.delete("om-3");
      await cluster.up(3);
      assert.deepEqual(
        [cluster.ring.members.toSorted(), cluster.gone(), cluster.ring.broken],
        [IDS, [], []],
        `${asks}`,
      );
      assert.deepEqual(cluster.api.record()?.intents, {}, `${asks}`);
    }
    assert.deepEqual([...ends].sort(), ["done", "stays"]);
  });

  it("completes a leave despite an API server outage at any moment, or treats the stop as a restart", async () => {
    const ends = new Set<string>();
    for (let after = 1 + ((fc.readConfigureGlobal().seed ?? 0) % STEP); ; after += STEP) {
      await renew();
      cluster.ring.preferred = "om-3";
      cluster.api.replicas = 3;
      cluster.api.outage = { after, asks: 12 };
      const left = await cluster.pod(3).leave();
      if (cluster.api.outage.after > 0) break;
      ends.add(left.is);
      const isMember = cluster.ring.members.includes("om-3");
      assert.equal(left.is, isMember ? "stays" : "done", `${after}: ${JSON.stringify(left)}`);
      assert.deepEqual([cluster.gone(), cluster.ring.broken], [isMember ? [] : ["om-3"], []], `${after}`);
    }
    assert.ok(ends.has("done"));
  });

  it("retries if the API server does not answer the first request", async () => {
    cluster.api.replicas = 3;
    cluster.api.outage = { after: 1, asks: 3 };
    assert.equal((await cluster.pod(3).leave()).is, "done");
    assert.deepEqual(cluster.gone(), ["om-3"]);
  });

  it("fails in time without a tombstone if the API server stays unreachable", async () => {
    cluster.api.replicas = 3;
    cluster.api.outage = { after: 6, asks: Number.POSITIVE_INFINITY };
    const left = await cluster.pod(3).leave();
    assert.ok(left.is === "failed" || left.is === "stays", JSON.stringify(left));
    assert.match(JSON.stringify(left), /connection refused/);
    assert.deepEqual(cluster.gone(), []);
  });

  it("is in the ring after a power cut and a scale-up, whatever was done before", async () => {
    for (let cut = 3; cut < 40; cut += 9) {
      await renew();
      cluster.api.replicas = 3;
      await cluster
        .pod(3)
        .leave(cut)
        .catch(() => undefined);
      cluster.ring.daemons.delete("om-3");
      cluster.api.replicas = 4;
      await cluster.up(3);
      assert.deepEqual(
        [cluster.ring.members.toSorted(), cluster.gone(), cluster.ring.broken],
        [IDS, [], []],
        `cut ${cut}`,
      );
      assert.deepEqual(cluster.api.record()?.intents, {}, `cut ${cut}`);
    }
  });

  it("the next leave records a member that was removed but could not record it", async () => {
    let unsaid = 0;
    for (let cut = 3; ; cut += 1) {
      await renew();
      cluster.api.replicas = 3;
      const left = await cluster
        .pod(3)
        .leave(cut)
        .catch(() => null);
      if (left !== null) break;
      if (cluster.ring.members.includes("om-3") || cluster.gone().length > 0) continue;
      unsaid += 1;
      cluster.ring.daemons.delete("om-3");
      cluster.api.replicas = 2;
      assert.equal((await cluster.pod(2).leave()).is, "done");
      assert.deepEqual([cluster.gone(), cluster.api.record()?.intents], [["om-2", "om-3"], {}], `cut ${cut}`);
    }
    assert.ok(unsaid > 0);
  });
});
