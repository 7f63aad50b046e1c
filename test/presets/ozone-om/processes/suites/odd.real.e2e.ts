// A ring that was created without Rollcall, and failures of its members: an empty volume, a return with the old volume
// after a removal, an SCM of another cluster.

import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { recordLease } from "../../../../../init/contract/record.ts";
import { realFiles } from "../../../../../init/world/files.ts";
import { realTrees } from "../../../../../init/world/realTrees.ts";
import { listArchives, type StateArchive } from "../../../../../presets/ozone-om/runner/archive.ts";
import { readOzone } from "../../plan.ts";
import { makeRingByHand, takeOut, updateRecord } from "../byHand.ts";
import { type Crew, makeCrew, mustHaveJoined } from "../crew.ts";
import { measureTime } from "../measureTime.ts";
import { type Member, readMemberDisk, waitForMembers } from "../member.ts";
import { PLACE_NAMESPACE, RING_SET } from "../names.ts";
import { clusterId, openPlace, type RingPlace } from "../place.ts";

const SIZE = 3;
const LAST = SIZE - 1;
/** the runner's log contains none of these if it started no program of Ozone */
const NO_DAEMON = /\[(seed|bootstrap|finish|init)\]/;

describe("members of a ring that was created without Rollcall", function () {
  // each test continues with the ring of the one before
  this.bail(true);
  let place: RingPlace;
  let crew: Crew;

  before(async () => {
    place = await measureTime("SCM and its cluster", () =>
      openPlace(process.env["ROLLCALL_OZONE_JARS"] ?? ""),
    );
    crew = await makeCrew(place, SIZE);
    place.scale(SIZE);
    await measureTime("a ring of three by hand", () => makeRingByHand(crew, SIZE));
  });

  after(() => place?.close());

  it("are adopted in a rolling restart without a change of membership", async () => {
    assert.equal(place.record(), null);
    for (const ordinal of [2, 1, 0]) {
      const member = crew.member(ordinal);
      await crew.daemon(ordinal).end();
      crew.runs(ordinal, await measureTime(`om-${ordinal} adopted`, () => member.up()));
      await waitForMembers(place, crew.ids(SIZE));
      assert.equal((await member.marker())?.steps[0]?.name, "adopted");
      assert.doesNotMatch(await member.log(), NO_DAEMON);
    }
    for (const ordinal of [2, 1, 0]) {
      assert.doesNotMatch(crew.daemon(ordinal).printed(), /receive setConfiguration/);
    }
    const clusterID = await clusterId(place);
    assert.deepEqual(place.record()?.ring, { clusterID, seed: null, members: crew.ids(SIZE) });
  });

  it("an empty volume of a member is lost state, and never starts", async () => {
    const member = crew.member(LAST);
    await crew.daemon(LAST).end();
    const bringBack = await member.emptyVolume();
    const code = await measureTime("the verdict of lost state", () => member.init().ended);
    assert.equal(code, 4, await member.message());
    assert.match(await member.message(), /state-lost: .*its volume is empty/);
    assert.deepEqual((await readMemberDisk(member)).parts, []);
    assert.doesNotMatch(await member.log(), NO_DAEMON);
    await bringBack();
    crew.runs(LAST, await member.up());
    await waitForMembers(place, crew.ids(SIZE));
  });

  const losses = [
    {
      record: "the record's tombstone",
      leave: () =>
        updateRecord(crew, (record) => ({
          ...record,
          tombstones: { [`om-${LAST}`]: { at: new Date().toISOString(), finished: true } },
        })),
    },
    {
      record: "the record lost, too",
      leave: () => place.api.removeLease(PLACE_NAMESPACE, recordLease(RING_SET)),
    },
  ];
  for (const { record, leave } of losses) {
    it(`a removed member that returns with its old volume, with ${record}, archives it and rejoins`, async () => {
      const member = crew.member(LAST);
      place.scale(LAST);
      await measureTime("taken out while it runs", () => takeOut(crew, SIZE));
      await leave();
      const { raft } = await readMemberDisk(member);
      assert.ok(raft.is === "whole" && raft.conf.peers.includes(member.id), "its disk still lists it");
      place.scale(SIZE);
      crew.runs(LAST, await measureTime("back with its old volume", () => member.up()));
      await waitForMembers(place, crew.ids(SIZE));
      await mustHaveJoined(crew, LAST, "bootstrap");
      const [archive, ...more] = await listMemberArchives(member);
      assert.deepEqual(more, [], "more than one archive is kept");
      assert.deepEqual(archive?.peers, raft.conf.peers);
      assert.match(await member.log(), /archiving the old state: .*om\.db/);
      assert.deepEqual(place.record()?.ring?.members, crew.ids(SIZE));
      assert.deepEqual(place.record()?.tombstones, {});
    });
  }

  it("an SCM of another cluster is fatal, for an existing and an empty volume, and nothing is changed", async () => {
    const member = crew.member(LAST);
    const was = await clusterId(place);
    await measureTime("an SCM of another cluster", () => place.otherScm());
    const is = await clusterId(place);
    assert.notEqual(is, was);
    await crew.daemon(LAST).end();
    const before = await listTree(member.data);
    const record = place.record();
    const mustBeFatal = async (): Promise<void> => {
      assert.equal(await member.init().ended, 3, await member.message());
      const message = await member.message();
      assert.ok(message.includes(`${is}`) && message.includes(`${was}`), message);
      assert.doesNotMatch(await member.log(), NO_DAEMON);
    };
    await mustBeFatal();
    assert.deepEqual(await listTree(member.data), before);
    await member.emptyVolume();
    await mustBeFatal();
    assert.deepEqual(await listTree(member.data), []);
    assert.deepEqual(place.record(), record);
  });
});

function listMemberArchives({ plan }: Member): Promise<readonly StateArchive[]> {
  return listArchives(readOzone(plan).metadata, { files: realFiles, trees: realTrees });
}

/** Every file with its size and modification time. */
async function listTree(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const lines = names.map(async (name) => {
    const { size, mtimeMs } = await stat(join(folder, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(lines)).sort();
}
