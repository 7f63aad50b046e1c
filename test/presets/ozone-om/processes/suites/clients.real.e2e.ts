// Clients with the configuration of role Client, which were started before om-3 existed and are never opened again: they
// write through om-3 once it leads, whether or not its name existed at their start.
import assert from "node:assert/strict";
import { tryRepeatedly } from "../../../../e2e/harness/eventually.ts";
import { handOver } from "../byHand.ts";
import { type Crew, makeCrew } from "../crew.ts";
import { measureTime } from "../measureTime.ts";
import { observeMemberRing } from "../member.ts";
import { openPlace, type RingPlace, waitUntil } from "../place.ts";
import { type KeptClient, startKeptClient } from "../renderedClient.ts";

const BEFORE = [0, 1, 2];
const NEW = 3;
const ENOUGH = 10;

describe("clients of a ring that grows", function () {
  // each test continues with the ring of the one before
  this.bail(true);
  let place: RingPlace;
  let crew: Crew;
  let byService: KeptClient;
  let byPod: KeptClient;

  before(async () => {
    place = await measureTime("SCM and its cluster", () =>
      openPlace(process.env["ROLLCALL_OZONE_JARS"] ?? "", { isNamed: true }),
    );
    crew = await makeCrew(place, NEW + 1);
    for (const ordinal of BEFORE) await crew.grow(ordinal, ordinal === 0 ? "seed" : "bootstrap");
  });

  after(() => place?.close());

  it("write before om-3 exists", async () => {
    byService = await startKeptClient(place, "Services", BEFORE);
    byPod = await startKeptClient(place, "Pods", BEFORE);
    for (const client of [byService, byPod])
      await waitUntil("a client's writes", 180, () => client.count() > ENOUGH);
  });

  it("om-3 joins and leads, and a client that knows the names of Services writes through it", async () => {
    await crew.grow(NEW, "bootstrap");
    await byPod.publish([...BEFORE, NEW]);
    await measureTime("om-3 made the leader", () =>
      tryRepeatedly(3, async () => {
        await handOver(crew, NEW + 1, "om-3");
        assert.equal(await findLeader(), "om-3");
      }),
    );
    const before = byService.count();
    await waitUntil("writes through om-3", 120, () => byService.count() > before + ENOUGH);
    assert.equal(await findLeader(), "om-3");
    assert.equal(byService.running.child.exitCode, null, "it is the same process");
    console.log(`      ${byService.count() - before} writes through om-3`);
  });

  it("so does a client to which the name of om-3's pod did not resolve at its start", async () => {
    assert.match(byPod.running.printed(), /om-3\.om\.ozone\S+ .* remains unresolved/);
    const before = byPod.count();
    await waitUntil("writes through om-3", 120, () => byPod.count() > before + ENOUGH);
    assert.equal(await findLeader(), "om-3");
    assert.equal(byPod.running.child.exitCode, null, "it is the same process");
    console.log(`      ${byPod.count() - before} writes through om-3`);
  });

  async function findLeader(): Promise<string | null> {
    const live = await observeMemberRing(place);
    return live.is === "led" ? live.ring.leader : null;
  }
});
