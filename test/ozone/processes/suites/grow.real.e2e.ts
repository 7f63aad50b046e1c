// A ring from nothing to four members, one pod after the other, under a client's load; then all of it down and up again.
import assert from "node:assert/strict";
import { openClient, type RingClient } from "../client.ts";
import { type Member, makeMember, ringOf, untilRing } from "../member.ts";
import { openPlace, type Place } from "../place.ts";
import type { Running } from "../process.ts";
import { timed } from "../timed.ts";

describe("real Ozone Managers", function () {
  // each builds on the ring that the one before has left
  this.bail(true);
  let place: Place;
  const members: Member[] = [];
  const daemons: Running[] = [];
  let client: RingClient;

  before(async function () {
    this.timeout(400_000);
    place = await timed("SCM and its cluster", () => openPlace(process.env["ROLLCALL_OZONE_JARS"] ?? ""));
    for (const ordinal of [0, 1, 2, 3]) members.push(await makeMember(place, ordinal));
  });

  after(() => place?.close());

  const member = (ordinal: number): Member => {
    const found = members[ordinal];
    assert.ok(found);
    return found;
  };
  const ids = (count: number): string[] => members.slice(0, count).map(({ id }) => id);

  async function grow(ordinal: number, how: "seed" | "bootstrap"): Promise<void> {
    place.scale(ordinal + 1);
    daemons[ordinal] = await timed(`${member(ordinal).id} up (${how})`, () => member(ordinal).up());
    await untilRing(place, ids(ordinal + 1));
    const [step] = (await member(ordinal).marker())?.steps ?? [];
    assert.equal(step?.name, how);
    assert.match(
      step.evidence,
      /lists it in term \d+ and in its RatisRoles, and its raft-meta\.conf at index \d+/,
    );
    assert.deepEqual(place.record()?.ring?.members, ids(ordinal + 1));
  }

  it("1 → 2 → 3 → 4: each joins by itself, no peer restarts, and nothing that was acknowledged is lost", async () => {
    await grow(0, "seed");
    assert.equal(place.record()?.ring?.seed, "om-0");
    client = await openClient(place);
    const first = daemons.slice();
    for (const ordinal of [1, 2, 3]) await grow(ordinal, "bootstrap");
    assert.equal(daemons[0], first[0]);
    for (const { child } of daemons) assert.deepEqual([child.exitCode, child.signalCode], [null, null]);
    const acknowledged = await client.stop();
    assert.ok(acknowledged.length > 20, `only ${acknowledged.length} were acknowledged`);
    assert.deepEqual(
      await timed(`${acknowledged.length} acknowledged names read back`, () => client.missing(acknowledged)),
      [],
    );
  });

  it("all down, then up in another order with one alone first: everything comes back, nothing bootstraps", async () => {
    const seq = place.record()?.seq;
    await Promise.all(daemons.map((daemon) => daemon.end()));
    const order = [2, 0, 3, 1];
    await timed("four members back", async () => {
      const [alone = 0, ...others] = order;
      assert.equal(await member(alone).init().ended, 0, await member(alone).message());
      daemons[alone] = member(alone).plain();
      await new Promise((done) => setTimeout(done, 5_000));
      assert.equal((await ringOf(place)).is, "leaderless");
      for (const ordinal of others) {
        assert.equal(await member(ordinal).init().ended, 0, await member(ordinal).message());
        daemons[ordinal] = member(ordinal).plain();
      }
      await untilRing(place, ids(4));
    });
    for (const each of members) assert.doesNotMatch(await each.log(), /--bootstrap|om --init/);
    assert.equal(place.record()?.seq, seq, "the record was written");
    assert.deepEqual(await client.missing(client.acknowledged()), []);
  });
});
