// Unusual volumes and clocks: each run ends correctly or with a clear failure, and no data is lost.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readMarker } from "../../init/contract/marker.ts";
import { buildShellCommand, makeRig, planOn, type Rig } from "./rig.ts";

describe("a marker path that is not a folder", () => {
  let rig: Rig;
  let folder: string;
  beforeEach(async () => {
    rig = await makeRig();
    folder = join(rig.volume, ".rollcall");
  });
  afterEach(() => rig.remove());

  const seed = () => {
    const seeded = join(rig.volume, "seeded");
    return { name: "seed", run: buildShellCommand('echo x >> "$1"', seeded), verify: ["test", "-s", seeded] };
  };
  const nothingRan = () => assert.rejects(stat(join(rig.volume, "seeded")), "no step has run");

  it("is reported if it is a file, which is kept", async () => {
    await writeFile(folder, "somebody's");
    const ended = await rig.run(planOn(rig, [seed()]));
    assert.equal(ended.code, 1);
    assert.match(
      ended.message,
      /^RC202 marker-volume-unusable: .*is a file or a link, not a folder \(ENOTDIR\)/,
    );
    assert.equal(await readFile(folder, "utf8"), "somebody's");
    await nothingRan();
  });

  for (const [what, target] of [
    ["off the volume, which would be gone with the container", "../elsewhere"],
    ["to another folder of the volume", "elsewhere"],
    ["to nothing", "nowhere"],
  ] as const)
    it(`is reported if it is a link ${what}, and nothing is written there`, async () => {
      if (target !== "nowhere") await mkdir(join(rig.volume, target));
      await symlink(target, folder);
      const ended = await rig.run(planOn(rig, [seed()]));
      assert.equal(ended.code, 1);
      assert.match(ended.message, /^RC202 .*is a file or a link, not a folder \(ENOTDIR\)/);
      if (target !== "nowhere") assert.deepEqual(await readdir(join(rig.volume, target)), []);
      await nothingRan();
    });

  it("is reported if a folder has the marker's name", async () => {
    await mkdir(rig.marker, { recursive: true });
    const ended = await rig.run(planOn(rig, [seed()]));
    assert.equal(ended.code, 1);
    assert.match(ended.message, /^RC202 marker-volume-unusable: .*EISDIR/);
    await nothingRan();
  });
});

/**
 * Node.js options that change Date in this process; timers and performance.now, which measure durations, are unchanged.
 */
const clock = (body: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    `const Own=Date,began=Own.now();const now=()=>{const at=Own.now();return ${body}};` +
      `globalThis.Date=class extends Own{constructor(...a){a.length>0?super(...a):super(now())}static now(){return now()}}`,
  )}`,
});

describe("a clock that is set back", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await makeRig();
  });
  afterEach(() => rig.remove());

  it("invalidates no marker: steps marked by a clock a year ahead are not done again", async () => {
    const counter = join(rig.volume, "counter");
    const step = {
      name: "seed",
      run: buildShellCommand('echo x >> "$1"', counter),
      verify: ["test", "-s", counter],
    };
    const ahead = await rig.run(planOn(rig, [step]), clock("at+365*864e5"));
    assert.equal(ahead.code, 0, ahead.log);
    const marker = await readFile(rig.marker, "utf8");
    assert.ok(Date.parse(String((await rig.readMarker())["writtenAt"])) > Date.now() + 300 * 864e5);
    const now = await rig.run(planOn(rig, [step]));
    assert.match(now.message, /^done: .*seed already done/);
    assert.deepEqual([await readFile(rig.marker, "utf8"), await readFile(counter, "utf8")], [marker, "x\n"]);
  });

  it("by an hour during a step neither ends nor blocks the step", async () => {
    const begun = join(rig.volume, "begun");
    const step = {
      name: "slow",
      run: buildShellCommand('echo x > "$1"; sleep 1.5', begun),
      verify: ["test", "-s", begun],
      timeoutSeconds: 30,
    };
    // back as soon as the step has begun, which outlasts this
    const jump = `(globalThis.__back??=process.getBuiltinModule("fs").existsSync(${JSON.stringify(begun)})||undefined)?at-36e5:at`;
    const ended = await rig.run(planOn(rig, [step]), clock(jump));
    assert.equal(ended.code, 0, ended.log);
    const reading = readMarker(await readFile(rig.marker, "utf8"));
    assert.ok(reading.is === "whole" && reading.marker.result === "complete", JSON.stringify(reading));
    const [entry] = reading.marker.steps;
    assert.ok((entry?.finishedAt ?? "") < (entry?.startedAt ?? ""), "the clock was set back");
  });
});

describe("an application that requires an empty data folder, like initdb", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await makeRig();
  });
  afterEach(() => rig.remove());

  const initdb = (data: string) => ({
    name: "initdb",
    run: buildShellCommand(
      'if [ -n "$(ls -A "$1")" ]; then echo "initdb: directory $1 exists but is not empty"; exit 1; fi; echo 16 > "$1/PG_VERSION"',
      data,
    ),
    verify: ["test", "-s", join(data, "PG_VERSION")],
  });

  it("gets one as a subPath of the volume with the markers", async () => {
    const data = join(rig.volume, "pgdata");
    await mkdir(data);
    const plan = planOn(rig, [initdb(data)]);
    const ended = await rig.run(plan);
    assert.equal(ended.code, 0, ended.log);
    assert.deepEqual(await readdir(data), ["PG_VERSION"]);
    assert.match((await rig.run(plan)).message, /initdb already done/);
  });

  it("fails with its own message if its data folder is the volume's root, which stays unchanged", async () => {
    await writeFile(join(rig.volume, "precious"), "data");
    const ended = await rig.run(planOn(rig, [initdb(rig.volume)]));
    assert.equal(ended.code, 1);
    assert.match(
      ended.message,
      /^RC205 step-failed: step initdb: run .* exited 1, then verify .* exited 1\n[\s\S]*last output:\n.*exists but is not empty/,
    );
    assert.deepEqual((await readdir(rig.volume)).sort(), [".rollcall", "precious"]);
    assert.deepEqual(await readdir(join(rig.volume, ".rollcall")), [], "no marker, and no trial left behind");
  });
});

/** Node.js options that make fsync fail, as on file systems without it: for folders, or for all files. */
const withoutSync = (which: "folders" | "all", code: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    `const {open}=await import("node:fs/promises");const any=await open("/");const proto=Object.getPrototypeOf(any);await any.close();` +
      `const own=proto.sync;proto.sync=async function(){if(${which === "all"}||(await this.stat()).isDirectory())` +
      `throw Object.assign(new Error("${code}: fsync"),{code:"${code}",syscall:"fsync"});return own.call(this)}`,
  )}`,
});

describe("a file system without fsync", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await makeRig();
  });
  afterEach(() => rig.remove());

  const seed = () => {
    const seeded = join(rig.volume, "seeded");
    return { name: "seed", run: buildShellCommand('echo x >> "$1"', seeded), verify: ["test", "-s", seeded] };
  };

  for (const code of ["EINVAL", "ENOTSUP", "ENOSYS"])
    it(`for folders (${code}) still keeps a marker, and logs the effect of a power cut once`, async () => {
      const ended = await rig.run(planOn(rig, [seed(), { name: "more" }]), withoutSync("folders", code));
      assert.equal(ended.code, 0, ended.log);
      const told = ended.log.match(/cannot sync folders: a power cut may lose/g) ?? [];
      assert.equal(told.length, 1, ended.log);
      assert.equal(readMarker(await readFile(rig.marker, "utf8")).is, "whole");
      const again = await rig.run(planOn(rig, [seed(), { name: "more" }]), withoutSync("folders", code));
      assert.match(again.message, /^done: .*seed already done/);
    });

  it("for files is reported before any step, with a remedy", async () => {
    const ended = await rig.run(planOn(rig, [seed()]), withoutSync("all", "EINVAL"));
    assert.equal(ended.code, 1);
    assert.match(
      ended.message,
      /^RC202 marker-volume-unusable: .*its file system cannot sync to the disk \(ENOTSUP\); keep the profile's markers on another volume, or in S3/,
    );
    await assert.rejects(stat(join(rig.volume, "seeded")), "no step has run");
  });

  it("does not hide a disk error", async () => {
    const ended = await rig.run(planOn(rig, [seed()]), withoutSync("folders", "EIO"));
    assert.equal(ended.code, 1);
    assert.match(ended.message, /^RC202 .*EIO/);
    await assert.rejects(stat(join(rig.volume, "seeded")), "no step has run");
  });
});
