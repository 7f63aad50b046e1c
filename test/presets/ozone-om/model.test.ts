// Whole joins of several members in a model of ring and disk: the real engine with a stand-in for Ozone. Power cuts at
// any call, members that start at once, removals, lost records and volumes; processes/ has real Ozone Managers.
import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { readMarker } from "../../../init/contract/marker.ts";
import { type ModelCluster, startMembers } from "./modelCluster.ts";
import { ModelApi, type ModelPod, PowerCut } from "./modelPod.ts";
import type { ModelRing } from "./modelRing.ts";

/**
 * At which calls the power is cut: at every STEPth one, from a start that depends on the run's seed;
 * ROLLCALL_EVERY_CUT=1: at all.
 */
const STEP = process.env["ROLLCALL_EVERY_CUT"] === "1" ? 1 : 20;

describe("a ring of Ozone Managers, in a model", function () {
  this.timeout(STEP === 1 ? 600_000 : 120_000);
  const templates = [0, 1, 2].map(startMembers);
  let cluster: ModelCluster;
  let ring: ModelRing;
  let api: ModelApi;

  /** Begins a test, or one run of many, with the first `count` members running. */
  async function begin(count: number): Promise<void> {
    await cluster?.close();
    const template = templates[count];
    assert.ok(template);
    cluster = await template.copy();
    ({ ring, api } = cluster);
  }

  beforeEach(() => begin(0));
  after(async () => {
    await cluster.close();
    for (const template of templates) await template.close();
  });

  const pod = (ordinal: number): ModelPod => cluster.pod(ordinal);

  /** Starts the init container until it is done, then the application's container. */
  const up = (ordinal: number): Promise<void> => cluster.up(ordinal);

  async function markedAs(ordinal: number): Promise<string | undefined> {
    const path = join(pod(ordinal).volume.root, ".rollcall", `om-${ordinal}.json`);
    const read = readMarker(await readFile(path, "utf8").catch(() => ""));
    return read.is === "whole" ? read.marker.steps[0]?.name : undefined;
  }

  it("grows one member at a time, in any order of starts", async () => {
    await Promise.all([3, 1, 2, 0].map(up));
    assert.deepEqual(ring.broken, []);
    assert.deepEqual(
      ring.history.map(({ length }) => length),
      [0, 1, 2, 3, 4],
    );
    const marks = await Promise.all([0, 1, 2, 3].map(markedAs));
    assert.deepEqual(marks, ["seed", "bootstrap", "bootstrap", "bootstrap"]);
    assert.deepEqual(api.record()?.ring?.members, ["om-0", "om-1", "om-2", "om-3"]);
  });

  it("grows from the first ordinal above spec.ordinals.start, in any order of starts", async () => {
    api.start = 1;
    await Promise.all([3, 1, 2].map(up));
    assert.deepEqual(ring.broken, []);
    assert.deepEqual(api.record()?.ring?.members, ["om-1", "om-2", "om-3"]);
    assert.deepEqual(await Promise.all([1, 2, 3].map(markedAs)), ["seed", "bootstrap", "bootstrap"]);
  });

  it("seeds no second ring when spec.ordinals.start is raised above its members", async () => {
    await begin(2);
    api.start = 2;
    await up(2);
    assert.deepEqual(ring.broken, []);
    assert.equal(await markedAs(2), "bootstrap");
    assert.deepEqual(ring.members, ["om-0", "om-1", "om-2"]);
  });

  for (const [what, ordinal] of [
    ["seed", 0],
    ["first bootstrap", 1],
    ["second bootstrap", 2],
  ] as const) {
    it(`recovers after a power cut at any call of its ${what}, and never forms a second ring`, async () => {
      let cuts = 0;
      let cut = 1 + ((fc.readConfigureGlobal().seed ?? 0) % STEP);
      for (; await isRightAfterCut(ordinal, cut); cut += STEP) cuts += 1;
      console.log(`        ${cuts} cuts, one at every ${STEP} calls, up to call ${cut}`);
      assert.ok(cut > 100, `only ${cut} calls`);
    });
  }

  /** @returns false if it had ended before the cut */
  async function isRightAfterCut(ordinal: number, cut: number): Promise<boolean> {
    await begin(ordinal);
    const { id, run } = pod(ordinal);
    const ended = await run(cut).catch((error: unknown) => error);
    if (!(ended instanceof PowerCut)) return false;
    assert.ok((await markedAs(ordinal)) === undefined || ring.members.includes(id), `I3: cut ${cut}`);
    await up(ordinal);
    assert.deepEqual(ring.broken, [], `cut ${cut}`);
    assert.equal(ring.members.length, ordinal + 1, `cut ${cut}`);
    assert.notEqual(await markedAs(ordinal), undefined, `not marked after cut ${cut}`);
    return true;
  }

  it("recovers from all members down, in any order, without a join or a write to the record", async () => {
    for (const ordinal of [0, 1, 2]) await up(ordinal);
    const seq = api.record()?.seq;
    for (const order of [
      [2, 1, 0],
      [1, 0, 2],
      [0, 2, 1],
    ]) {
      ring.daemons.clear();
      for (const ordinal of order) await up(ordinal);
    }
    assert.deepEqual([ring.broken, ring.history.length, api.record()?.seq], [[], 4, seq]);
  });

  it("joins no member whose ordinal is unconfirmed, and starts one that is in the ring without confirmation", async () => {
    for (const ordinal of [0, 1]) await up(ordinal);
    api.hidesSet = true;
    const { failure } = await pod(2).run();
    assert.ok(
      failure?.name === "wait-timed-out" && /the API server to confirm ordinal 2: /.test(failure.waitedFor),
    );
    assert.deepEqual(ring.members, ["om-0", "om-1"]);
    ring.daemons.delete("om-1");
    await up(1);
    api.hidesSet = false;
    await up(2);
    assert.deepEqual([ring.broken, ring.members], [[], ["om-0", "om-1", "om-2"]]);
  });

  it("lets a removed member rejoin with new state: with its tombstone, and without the record", async () => {
    for (const ordinal of [0, 1, 2]) await up(ordinal);
    for (const isRecordLost of [false, true]) {
      ring.remove("om-2");
      ring.daemons.delete("om-2");
      if (isRecordLost) Object.assign(api, { leases: new ModelApi().leases });
      await up(2);
      assert.deepEqual([ring.broken, ring.members], [[], ["om-0", "om-1", "om-2"]]);
      assert.equal(await markedAs(2), "bootstrap");
    }
  });

  it("reports an empty volume of a member as lost state, with commands to evict it if there is a leader", async () => {
    for (const ordinal of [0, 1, 2]) await up(ordinal);
    const before = ring.history.length;
    const lose = async (ordinal: number): Promise<readonly string[]> => {
      ring.daemons.delete(`om-${ordinal}`);
      const { volume } = pod(ordinal);
      await volume.remove();
      const { failure } = await pod(ordinal).run();
      assert.ok(failure?.name === "state-lost");
      return failure.recoveryCommands;
    };
    const [evict = "", rejoin = ""] = await lose(2);
    assert.match(evict, /^kubectl -n \S+ exec om-0 -c om -- .* om evict om-2$/);
    assert.match(rejoin, /^kubectl -n \S+ exec om-0 -c om -- .* om rejoin om-2$/);
    // the member that seeded the ring is lost, too
    assert.deepEqual(await lose(0), []);
    assert.deepEqual([ring.broken, ring.history.length], [[], before]);
  });

  it("adopts a ring that was created without Rollcall", async () => {
    for (const ordinal of [0, 1]) await up(ordinal);
    Object.assign(api, { leases: new ModelApi().leases });
    for (const ordinal of [1, 0]) {
      await rm(join(pod(ordinal).volume.root, ".rollcall"), { recursive: true });
      const { failure } = await pod(ordinal).run();
      assert.deepEqual([failure, await markedAs(ordinal)], [null, "adopted"]);
    }
    assert.deepEqual(api.record()?.ring, { clusterID: "CID-1", seed: null, members: ["om-0", "om-1"] });
    assert.equal(ring.history.length, 3);
  });

  it("adopts a ring without its first member, whose old volume does not keep it from joining", async () => {
    for (const ordinal of [0, 1, 2]) await up(ordinal);
    ring.remove("om-0");
    ring.daemons.delete("om-0");
    Object.assign(api, { leases: new ModelApi().leases });
    for (const ordinal of [2, 1, 0])
      await rm(join(pod(ordinal).volume.root, ".rollcall"), { recursive: true });
    for (const ordinal of [2, 1]) assert.equal((await pod(ordinal).run()).failure, null);
    assert.deepEqual(api.record()?.ring?.members, ["om-1", "om-2"]);
    await up(0);
    assert.deepEqual([ring.broken, [...ring.members].sort()], [[], ["om-0", "om-1", "om-2"]]);
    assert.equal(await markedAs(0), "bootstrap");
    assert.equal(api.record()?.ring?.seed, null);
  });

  it("adopts a ring above spec.ordinals.start, and joins a member to it", async () => {
    api.start = 1;
    for (const ordinal of [1, 2]) await up(ordinal);
    Object.assign(api, { leases: new ModelApi().leases });
    for (const ordinal of [1, 2]) assert.equal((await pod(ordinal).run()).failure, null);
    await up(3);
    assert.deepEqual([ring.broken, ring.members], [[], ["om-1", "om-2", "om-3"]]);
  });

  it("changes nothing if the SCM belongs to another cluster", async () => {
    await up(0);
    ring.cluster = "CID-2";
    ring.daemons.clear();
    const seq = api.record()?.seq;
    const { failure } = await pod(0).run();
    assert.equal(failure?.name, "ring-mismatch");
    assert.equal(api.record()?.seq, seq);
  });
});
