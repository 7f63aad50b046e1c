// Archiving the old state, on real folders: it is kept completely and once, also after a power cut at any call.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FileSystem } from "../../../init/engine/ports.ts";
import type { TreeReader } from "../../../init/engine/ringPorts.ts";
import { realFiles } from "../../../init/world/files.ts";
import { realTrees } from "../../../init/world/realTrees.ts";
import { type DiskPorts, listArchives, setAside } from "../../../presets/ozone-om/runner/archive.ts";
import { type DiskContents, readDisk } from "../../../presets/ozone-om/runner/read/disk.ts";
import { makeRingVolume, READER, type RingVolume } from "./volume.ts";

const REAL: DiskPorts = { files: realFiles, trees: realTrees };
const PARTS = ["om", "om.db", "om.ratis"];

/** The same world with a power cut at the nth call. */
function cutAt(nth: number): DiskPorts {
  let calls = 0;
  const guarded = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const call: unknown = Reflect.get(target, name);
        return (...words: unknown[]) => {
          calls += 1;
          if (calls >= nth) throw new Error("power cut");
          return Reflect.apply(call as (...all: unknown[]) => unknown, target, words);
        };
      },
    });
  return { files: guarded<FileSystem>(realFiles), trees: guarded<TreeReader>(realTrees) };
}

describe("an archived state", () => {
  let volume: RingVolume;
  let runs = 0;

  beforeEach(async () => {
    volume = await makeRingVolume();
    await volume.whole(["om-0", "om-1"]);
  });

  afterEach(() => volume.remove());

  async function disk(): Promise<DiskContents> {
    const read = await readDisk({ metadata: volume.metadata, serviceId: "omservice" }, READER);
    assert.ok(!("unreadable" in read));
    return read;
  }

  async function aside(disks: DiskPorts = REAL): Promise<string | null> {
    runs += 1;
    const at = new Date(Date.UTC(2026, 0, 1, 0, 0, runs)).toISOString();
    return setAside(volume.metadata, await disk(), { ...disks, at, runId: `run-${runs}`, why: "a test" });
  }

  const archives = () => listArchives(volume.metadata, REAL);

  it("is complete, with its manifest, and the volume is empty", async () => {
    assert.equal(await aside(), null);
    const [archive, ...more] = await archives();
    assert.deepEqual(
      [archive?.parts.toSorted(), archive?.peers, archive?.clusterID, more.length],
      [PARTS, ["om-0", "om-1"], "CID-1", 0],
    );
    assert.deepEqual((await readdir(archive?.path ?? "")).sort(), ["archive.json", ...PARTS]);
    assert.deepEqual((await disk()).parts, []);
  });

  it("is replaced by the next one", async () => {
    await aside();
    await volume.whole(["om-0", "om-1", "om-2"]);
    assert.equal(await aside(), null);
    assert.deepEqual(
      (await archives()).map(({ peers }) => peers.length),
      [3],
    );
  });

  it("is complete after a power cut at any call and another start", async () => {
    let cuts = 0;
    for (let nth = 1; ; nth += 1) {
      await volume.remove();
      volume = await makeRingVolume();
      await volume.whole(["om-0"]);
      const why = await aside(cutAt(nth));
      if (why === null) break;
      assert.equal(why, "power cut");
      cuts += 1;
      // if the state's folder is empty, the archive was completed
      if ((await disk()).parts.length > 0 || (await archives()).length === 0)
        assert.equal(await aside(), null);
      const found = (await archives()).flatMap(({ parts }) => parts);
      assert.deepEqual(found.toSorted(), PARTS, `cut at call ${nth}`);
    }
    assert.ok(cuts > 15, `only ${cuts} calls`);
  });

  it("is not started if a new state would not fit beside it, and nothing is changed", async () => {
    const trees = { ...realTrees, free: async () => 1024 * 1024 };
    assert.match(
      (await aside({ files: realFiles, trees })) ?? "",
      /^a new state takes about 65 MiB beside the old one, and 1 MiB are free/,
    );
    assert.deepEqual((await disk()).parts.map((part) => part.slice(volume.root.length + 1)).sort(), PARTS);
  });

  it("deletes the older archive if that frees enough space", async () => {
    await volume.write("om.db/000001.sst", Buffer.alloc(2 * 1024 * 1024));
    await aside();
    await volume.whole(["om-0", "om-1", "om-2"]);
    const reserve = 64 * 1024 * 1024;
    const trees = { ...realTrees, free: async () => reserve };
    assert.equal(await aside({ files: realFiles, trees }), null);
    assert.deepEqual(
      (await archives()).map(({ peers }) => peers.length),
      [3],
    );
    assert.deepEqual(await readdir(join(volume.root, ".rollcall-om")), ["archive"]);
  });
});
