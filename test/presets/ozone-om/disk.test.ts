// Classifies a volume, on real folders: every state that Ozone, Ratis and a crash leave behind.
import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatJoiningNote } from "../../../presets/ozone-om/runner/note.ts";
import {
  classifyDisk,
  type DiskContents,
  type DiskState,
  readDisk,
} from "../../../presets/ozone-om/runner/read/disk.ts";
import { makeRingVolume, RAFT_GROUP, READER, type RingVolume } from "./volume.ts";

const VERSION = { clusterID: "CID-1", omUuid: "u-1", nodeId: "om-1" };

describe("a member's volume", () => {
  let volume: RingVolume;

  beforeEach(async () => {
    volume = await makeRingVolume();
  });

  afterEach(() => volume.remove());

  async function disk(changes: Partial<RingVolume["metadata"]> = {}): Promise<DiskContents> {
    const metadata = { ...volume.metadata, ...changes };
    const read = await readDisk({ metadata, serviceId: "omservice" }, READER);
    assert.ok(!("unreadable" in read), JSON.stringify(read));
    return read;
  }

  const standing = async (): Promise<DiskState> => classifyDisk(await disk());
  const damage = async (): Promise<string> => {
    const found = await standing();
    return found.is === "damaged" ? found.why : `not damaged but ${found.is}`;
  };

  it("is empty without state, with unrelated folders, and without the folder itself", async () => {
    assert.deepEqual(await standing(), { is: "empty" });
    await mkdir(join(volume.root, "lost+found"));
    assert.deepEqual(await standing(), { is: "empty" });
    assert.deepEqual(classifyDisk(await disk({ dirs: "/nowhere", dbDirs: "/nowhere" })), { is: "empty" });
    await mkdir(join(volume.root, "om.ratis", RAFT_GROUP, "current"), { recursive: true });
    assert.deepEqual(await standing(), { is: "empty" }, "Ratis has made its folder and nothing in it");
  });

  it("is initialised after `ozone om --init`", async () => {
    await volume.init();
    const observation = await disk();
    assert.deepEqual(
      [classifyDisk(observation), observation.version, observation.isHalfInitialised],
      [{ is: "initialised" }, VERSION, false],
    );
  });

  it("is whole with VERSION, a database and a configuration, and lists the members", async () => {
    await volume.whole(["om-0", "om-1"]);
    const whole = { is: "whole", version: VERSION, peers: ["om-0", "om-1"] };
    assert.deepEqual(await standing(), { ...whole, logStart: 0 });
  });

  it("says where its log starts: at the lowest index of the segments, whatever else is there", async () => {
    await volume.whole(["om-0"]);
    const current = `om.ratis/${RAFT_GROUP}/current`;
    const start = async (): Promise<number | null> => {
      const { raft } = await disk();
      assert.equal(raft.is, "whole");
      return raft.logStart;
    };
    for (const odd of [
      "log_",
      "log_5",
      "log_x-3",
      "log_inprogress_",
      "log_1-2.tmp",
      `log_${"1".repeat(99)}-2`,
    ])
      await volume.write(`${current}/${odd}`, "");
    assert.equal(await start(), 0);
    await rm(join(volume.root, current, "log_inprogress_0"));
    assert.equal(await start(), null);
    await volume.write(`${current}/log_inprogress_1200`, "");
    assert.equal(await start(), 1200);
    await volume.write(`${current}/log_900-1199`, "");
    assert.equal(await start(), 900);
  });

  it("is unconfirmed while Raft has begun and no configuration was applied", async () => {
    await volume.init();
    await volume.database();
    await volume.raft(null);
    assert.deepEqual(await standing(), { is: "unconfirmed", version: VERSION });
  });

  it("is damaged if a part is missing or corrupt, and names it", async () => {
    await volume.database();
    assert.equal(await damage(), "there is a database without Raft state");
    await volume.raft({ peers: ["om-0"] });
    assert.equal(await damage(), "there is Raft state without VERSION");
    await volume.write("om/current/VERSION", "#");
    assert.equal(await damage(), "VERSION: its nodeType is missing, not OM");
    await volume.init();
    const current = join(volume.root, "om.ratis", RAFT_GROUP, "current");
    await writeFile(join(current, "raft-meta.conf"), "");
    assert.equal(await damage(), `${current}/raft-meta.conf is corrupt: it holds no configuration`);
    await writeFile(join(current, "raft-meta"), "#\n#Tue");
    assert.equal(await damage(), `${current}/raft-meta is corrupt, so its vote is lost`);
  });

  it("is damaged if raft-meta or the database is missing", async () => {
    await volume.init();
    await volume.write(`om.ratis/${RAFT_GROUP}/current/log_inprogress_0`, "");
    assert.match(await damage(), /holds log_inprogress_0 and no raft-meta$/);
    await volume.raft({ peers: ["om-0"] });
    assert.equal(await damage(), "there is Raft state without a database");
  });

  it("is read from the older Ratis folder, and from a configured one", async () => {
    await volume.init();
    await volume.database();
    await volume.raft({ peers: ["om-9"] });
    await volume.raft({ peers: ["om-1"] }, "ratis");
    const older = classifyDisk(await disk());
    assert.deepEqual(older.is === "whole" && older.peers, ["om-1"]);
    const own = await disk({ ratisDir: join(volume.root, "om.ratis") });
    assert.deepEqual(own.raft.is === "whole" && own.raft.conf.peers, ["om-9"]);
  });

  it("lists folders of other groups, and ignores files beside them", async () => {
    await volume.whole(["om-1"]);
    await volume.write("om.ratis/notes.txt", "");
    assert.deepEqual((await disk()).foreignGroups, []);
    await mkdir(join(volume.root, "om.ratis", "lost+found"));
    assert.deepEqual((await disk()).foreignGroups, ["lost+found"]);
  });

  it("recognises a half-initialised om/current, and an interrupted join", async () => {
    await mkdir(join(volume.root, "om", "current"), { recursive: true });
    const observation = await disk();
    assert.deepEqual(
      [classifyDisk(observation).is, observation.isHalfInitialised, observation.joining],
      ["empty", true, null],
    );
    await volume.write("om/current/VERSION.tmp", "half");
    assert.equal((await disk()).isHalfInitialised, true);
    await volume.write(".rollcall-om/joining.json", formatJoiningNote(["om-0", "om-1"], "run"));
    assert.deepEqual((await disk()).joining, ["om-0", "om-1"]);
    await volume.write(".rollcall-om/joining.json", "{");
    assert.deepEqual((await disk()).joining, []);
  });

  it("lists the parts that belong to the member's state, and nothing else", async () => {
    await volume.whole(["om-1"]);
    for (const other of [
      "lost+found",
      "omMetrics",
      "db.snapshots",
      ".rollcall",
      ".rollcall-om",
      "webserver",
    ]) {
      await mkdir(join(volume.root, other));
    }
    const names = (await disk()).parts.map((part) => part.slice(volume.root.length + 1)).sort();
    assert.deepEqual(names, ["db.snapshots", "om", "om.db", "om.ratis", "omMetrics"]);
    const elsewhere = await disk({
      dirs: join(volume.root, "none"),
      dbDirs: join(volume.root, "none"),
      ratisDir: join(volume.root, "om.ratis"),
    });
    assert.deepEqual(elsewhere.parts, [join(volume.root, "om.ratis", RAFT_GROUP)]);
  });

  it("is not empty if it cannot be read", async () => {
    await writeFile(join(volume.root, "om.ratis"), "a file");
    const read = await readDisk({ metadata: volume.metadata, serviceId: "omservice" }, READER);
    assert.ok("unreadable" in read && read.unreadable.includes("ENOTDIR"), JSON.stringify(read));
  });
});
