// A ring that grows from zero to four members, one pod after the other, under a client's load; then all members stop
// and restart.
import assert from "node:assert/strict";
import { type ClientProcess, startClientProcess } from "../client.ts";
import { type Crew, makeCrew, restart } from "../crew.ts";
import { measureTime } from "../measureTime.ts";
import { openPlace, type RingPlace } from "../place.ts";

const SIZE = 4;

describe("real Ozone Managers that grow and restart", function () {
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
  });

  after(() => place?.close());

  it("1 → 2 → 3 → 4: each joins by itself, no peer restarts, and no acknowledged write is lost", async () => {
    await crew.grow(0, "seed");
    assert.equal(place.record()?.ring?.seed, "om-0");
    client = await startClientProcess(place);
    for (const ordinal of [1, 2, 3]) await crew.grow(ordinal, "bootstrap");
    for (const ordinal of [0, 1, 2, 3]) {
      const { child } = crew.daemon(ordinal);
      assert.deepEqual([child.exitCode, child.signalCode], [null, null], `om-${ordinal} has ended`);
    }
    const acknowledged = await client.stop();
    assert.ok(acknowledged.length > 20, `only ${acknowledged.length} were acknowledged`);
    assert.deepEqual(
      await measureTime(`${acknowledged.length} acknowledged names read back`, () =>
        client.missing(acknowledged),
      ),
      [],
    );
  });

  const orders = [
    { order: [0, 1, 2, 3], as: "the first alone, as OrderedReady has it" },
    { order: [3, 1, 0, 2], as: "the one that joined last alone" },
    { order: [2, 0, 3, 1], as: "one from the middle alone" },
  ];
  for (const { order, as } of orders) {
    it(`all down, then up as ${order.join(", ")}, ${as}: all members recover without a bootstrap`, async () => {
      const seq = place.record()?.seq;
      await measureTime("four members back", () => restart(crew, order));
      for (const ordinal of order) {
        assert.doesNotMatch(await crew.member(ordinal).log(), /--bootstrap|om --init|\[(seed|bootstrap)\]/);
      }
      assert.equal(place.record()?.seq, seq, "the record was written");
    });
  }

  it("keeps every acknowledged write", async () => {
    assert.deepEqual(await client.missing(client.acknowledged()), []);
  });
});
