// `om evict`, `om rejoin` and `om transfer`, a restarting leader, and a leave under scaleDown.policy Drained, in the
// model of ring and disk.
import assert from "node:assert/strict";
import fc from "fast-check";
import { IDS, type ModelCluster, startMembers } from "../modelCluster.ts";
import { PowerCut } from "../modelPod.ts";

const STEP = process.env["ROLLCALL_EVERY_CUT"] === "1" ? 1 : 10;

/** Another holder has the lock and does not renew it: it is valid for 30 s. */
function holdLock({ api }: ModelCluster, holderIdentity = "uid-of-another/run"): void {
  const spec = {
    holderIdentity,
    leaseDurationSeconds: 30,
    renewTime: new Date().toISOString().replace("Z", "000Z"),
    leaseTransitions: 7,
  };
  const there = api.leases.peek("ozone", "rollcall-lock-om");
  assert.ok(there, "the joins have left it");
  assert.equal(api.leases.update("ozone", "rollcall-lock-om", { ...there, spec }).code, 200);
}

describe("administration of a ring of Ozone Managers, in a model", function () {
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

  const whyRefused = (verdict: { is: string; why?: string }): string => {
    assert.equal(verdict.is, "refused", JSON.stringify(verdict));
    return verdict.why ?? "";
  };

  it("a restarting leader transfers leadership to the lowest other member, and nothing else changes", async () => {
    const { ring, api, pod } = cluster;
    for (const [ordinal, leads] of [
      [0, "om-1"],
      [1, "om-0"],
      [3, "om-0"],
    ] as const) {
      assert.equal((await pod(ordinal).leave()).is, "stays");
      assert.equal(ring.leader(), leads);
    }
    assert.deepEqual([ring.members, cluster.gone(), api.record()?.intents], [IDS, [], {}]);
  });

  it("a restarting leader transfers nothing during a join or leave", async () => {
    const { ring, pod } = cluster;
    holdLock(cluster);
    assert.equal((await pod(0).leave()).is, "stays");
    assert.equal(ring.leader(), "om-0");
  });

  it("does not take a lock of another tool in the same pod", async () => {
    const { ring, pod } = cluster;
    holdLock(cluster, "uid-om-0/another");
    assert.match(whyRefused(await pod(0).transfer("om-1")), /lock .*uid-om-0\/another/);
    assert.equal(ring.leader(), "om-0");
    // it is not renewed, and an eviction waits for that long
    assert.equal((await pod(0).evict("om-3")).is, "done");
    assert.deepEqual([ring.members, ring.broken], [IDS.slice(0, 3), []]);
  });

  it("a leader restarts even if no member takes over", async () => {
    cluster.ring.adminFails = true;
    assert.equal((await cluster.pod(0).leave()).is, "stays");
    assert.equal(cluster.ring.leader(), "om-0");
  });

  it("a leader transfers nothing if all pods stop or the API server is unreachable", async () => {
    cluster.api.replicas = 0;
    assert.equal((await cluster.pod(0).leave()).is, "stays");
    assert.equal(cluster.ring.leader(), "om-0");
  });

  it("under policy Drained no member removes itself; one that was removed before gets a tombstone", async () => {
    const { ring, api, pod } = cluster;
    api.replicas = 3;
    const left = await pod(3).leave(undefined, { drop: "deny" });
    assert.ok(left.is === "stays" && /scaleDown\.policy is Drained/.test(left.why), JSON.stringify(left));
    assert.deepEqual([ring.members, cluster.gone(), api.record()?.intents], [IDS, [], {}]);
    ring.remove("om-3");
    assert.equal((await pod(3).leave(undefined, { drop: "deny" })).is, "done");
    assert.deepEqual(cluster.gone(), ["om-3"]);
  });

  it("evicts a dead member, which waits while its ordinal stays, and rejoins after `rejoin`", async () => {
    const { ring, api, pod } = cluster;
    ring.daemons.delete("om-2");
    const verdict = await pod(0).evict("om-2");
    assert.ok(verdict.is === "done" && /om rejoin om-2/.test(verdict.says), JSON.stringify(verdict));
    assert.deepEqual(ring.members, ["om-0", "om-1", "om-3"]);
    assert.equal(api.record()?.tombstones["om-2"]?.finished, false);
    assert.deepEqual(api.record()?.ring?.members, ["om-0", "om-1", "om-3"]);
    const waits = await pod(2).run();
    assert.equal(waits.failure?.name, "wait-timed-out", JSON.stringify(waits.failure));
    assert.equal((await pod(1).rejoin("om-2")).is, "done");
    await cluster.up(2);
    assert.deepEqual([ring.members.toSorted(), cluster.gone(), ring.broken], [IDS, [], []]);
    const again = await pod(1).rejoin("om-2");
    assert.ok(again.is === "done" && /is not evicted/.test(again.says));
  });

  it("evicts a starting member at any moment, which stays out and is recorded", async () => {
    let wasEvicted = true;
    for (let at = 1; wasEvicted; at += 1) {
      wasEvicted = false;
      const { ring, api, pod } = cluster;
      ring.daemons.delete("om-2");
      const does = async (): Promise<void> => {
        wasEvicted = true;
        assert.equal((await pod(0).evict("om-2")).is, "done");
      };
      // a waiting member continues to wait: its next checks are enough
      await pod(2)
        .run(at + 40, { at, does })
        .catch((error: unknown) => assert.ok(error instanceof PowerCut, String(error)));
      if (!wasEvicted) break;
      const known = {
        members: api.record()?.ring?.members,
        finished: api.record()?.tombstones["om-2"]?.finished,
      };
      assert.deepEqual(known, { members: ["om-0", "om-1", "om-3"], finished: false }, `at call ${at}`);
      await renew();
    }
  });

  it("evicts a leader after a transfer of leadership, idempotently", async () => {
    const { ring, api, pod } = cluster;
    ring.preferred = "om-3";
    api.replicas = 3;
    for (const _ of [1, 2]) {
      const verdict = await pod(1).evict("om-3");
      assert.ok(
        verdict.is === "done" && /Its ordinal is to be removed/.test(verdict.says),
        JSON.stringify(verdict),
      );
    }
    assert.deepEqual([ring.members, ring.leader(), cluster.gone()], [IDS.slice(0, 3), "om-0", ["om-3"]]);
    assert.deepEqual(ring.broken, []);
  });

  it("an evicted member rejoins after its ordinal was removed and added again", async () => {
    const { ring, api, pod } = cluster;
    assert.equal((await pod(0).evict("om-3")).is, "done");
    assert.deepEqual(cluster.gone(), []);
    api.replicas = 3;
    for (const drop of ["deny", "managed"] as const)
      assert.equal((await pod(3).leave(undefined, { drop })).is, "done");
    ring.daemons.delete("om-3");
    api.replicas = 4;
    await cluster.up(3);
    assert.deepEqual([ring.members.toSorted(), ring.broken], [IDS, []]);
  });

  it("evicts a member that the plan does not list, but no unknown name", async () => {
    const { ring, pod } = cluster;
    ring.members = [...IDS, "om-9"];
    assert.match(whyRefused(await pod(0).evict("om-7")), /om-7 is neither in the ring \(om-0, .*om-9\)/);
    const verdict = await pod(0).evict("om-9");
    assert.ok(
      verdict.is === "done" && /Its ordinal is to be removed/.test(verdict.says),
      JSON.stringify(verdict),
    );
    assert.deepEqual([ring.members, cluster.gone()], [IDS, ["om-9"]]);
  });

  it("refuses an eviction without a remaining majority, or if the command fails", async () => {
    const { ring, api, pod } = cluster;
    ring.adminFails = true;
    // the model's clock continues while real writes take their time (modelPod.ts)
    assert.match(whyRefused(await pod(0).evict("om-3")), /om-3 is still in the ring after (4 tries|600 s)/);
    ring.adminFails = false;
    for (const id of ["om-1", "om-2"]) ring.daemons.delete(id);
    const why = whyRefused(await pod(0).evict("om-3"));
    assert.match(why, /om-3 is still in the ring: it waited \d+ s for a leader/);
    assert.deepEqual([ring.members, api.record()?.tombstones], [IDS, {}]);
    api.replicas = 0;
    const unknown = await pod(0).evict("om-3");
    assert.ok(unknown.is === "unknown" && /replicas 0/.test(unknown.why), JSON.stringify(unknown));
  });

  it("a repeated eviction completes after a power cut at any call", async () => {
    let cut = 1 + ((fc.readConfigureGlobal().seed ?? 0) % STEP);
    for (; await isRightAfterCut(cut); cut += STEP);
    assert.ok(cut > 10, `only ${cut} calls`);
  });

  async function isRightAfterCut(cut: number): Promise<boolean> {
    await renew();
    const { ring, api, pod } = cluster;
    ring.preferred = "om-3";
    const ended = await pod(0)
      .evict("om-3", cut)
      .catch((error: unknown) => error);
    if (!(ended instanceof PowerCut)) return false;
    const isOut = !ring.members.includes("om-3");
    assert.ok(isOut || api.record()?.tombstones["om-3"] === undefined, `a tombstone of a member, cut ${cut}`);
    assert.equal((await pod(1).evict("om-3")).is, "done", `cut ${cut}`);
    assert.deepEqual([ring.members, ring.broken], [IDS.slice(0, 3), []], `cut ${cut}`);
    return true;
  }

  it("transfers leadership to the named member, and refuses one that cannot lead", async () => {
    const { ring, pod } = cluster;
    const done = await pod(2).transfer("om-3");
    assert.ok(done.is === "done" && /om-3 leads/.test(done.says), JSON.stringify(done));
    const already = await pod(2).transfer("om-3");
    assert.ok(already.is === "done" && /already leads/.test(already.says), JSON.stringify(already));
    assert.equal((await pod(2).transfer(null)).is, "done");
    assert.equal(ring.leader(), "om-0");
    ring.daemons.delete("om-1");
    assert.match(whyRefused(await pod(2).transfer("om-1")), /om-1 cannot lead: /);
    ring.remove("om-3");
    assert.match(
      whyRefused(await pod(2).transfer("om-3")),
      /om-3 is not in the ring, which is om-0, om-1, om-2/,
    );
    ring.adminFails = true;
    assert.match(whyRefused(await pod(2).transfer("om-2")), /^om-0 leads; .*exited 255/);
    ring.daemons.delete("om-0");
    const unknown = await pod(2).transfer("om-2");
    assert.equal(unknown.is, "unknown", JSON.stringify(unknown));
  });
});
