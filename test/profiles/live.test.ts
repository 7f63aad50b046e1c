// The profiles in force, over real files: the last good ones outlive a bad edit.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LiveProfiles, liveProfiles } from "../../webhook/profiles/live.ts";
import { demoWith } from "./faults.ts";

const GOOD = demoWith();
const BETTER = demoWith("mode: warn");
const BAD = demoWith("mode: loud");

describe("the profiles in force", () => {
  let folder = "";
  let file = "";
  let live: LiveProfiles;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-profiles-"));
    file = join(folder, "profiles.yaml");
    live = liveProfiles(file);
  });
  afterEach(() => rm(folder, { recursive: true }));
  const mode = (): string | undefined => live.current()?.get("demo")?.mode;
  const change = async (text: string): Promise<string> => {
    await writeFile(file, text);
    return (await live.reload()).is;
  };

  it("are none before the first good file", async () => {
    assert.equal(live.current(), null);
    assert.equal(await change(BAD), "refused");
    assert.equal(live.current(), null);
  });

  it("are those of the file, and those of the next one once that is there", async () => {
    assert.equal(await change(GOOD), "loaded");
    assert.equal(mode(), "enforce");
    assert.equal(await change(BETTER), "loaded");
    assert.equal(mode(), "warn");
  });

  it("are remembered for five minutes when they give way, the latest first", async () => {
    let now = 0;
    live = liveProfiles(file, () => now);
    const remembered = (): (string | undefined)[] => live.replaced().map((each) => each.get("demo")?.mode);
    await change(GOOD);
    assert.deepEqual(remembered(), [], "nothing gave way");
    now = 60_000;
    await change(BETTER);
    await change(BAD);
    assert.deepEqual(remembered(), ["enforce"]);
    now = 120_000;
    await change(GOOD);
    assert.deepEqual(remembered(), ["warn", "enforce"]);
    now = 359_999;
    assert.deepEqual(remembered(), ["warn", "enforce"]);
    now = 360_000;
    assert.deepEqual(remembered(), ["warn"]);
    now = 420_000;
    assert.deepEqual(remembered(), []);
  });

  it("are not told of again while nothing changes", async () => {
    await change(GOOD);
    assert.deepEqual(await live.reload(), { is: "unchanged" });
  });

  it("stay the last good ones over a bad edit, which is told once, with line and column", async () => {
    await change(BETTER);
    await writeFile(file, BAD);
    const refused = await live.reload();
    const where = `${file}:6:11: profiles.demo.mode: `;
    assert.ok(refused.is === "refused" && refused.lines.length === 1);
    assert.ok(refused.lines[0]?.startsWith(where), refused.lines[0]);
    assert.equal(mode(), "warn");
    assert.deepEqual(await live.reload(), { is: "unchanged" });
    assert.equal(mode(), "warn");
  });

  it("are loaded again once the edit is mended, also where it is what it was before", async () => {
    await change(GOOD);
    assert.equal(await change(BAD), "refused");
    assert.equal(await change(BETTER), "loaded");
    assert.equal(await change(BAD), "refused");
    assert.equal(await change(BETTER), "loaded");
    assert.equal(mode(), "warn");
  });

  it("outlive the file, which is told once, and are loaded when it is back", async () => {
    await change(GOOD);
    await rm(file);
    const gone = await live.reload();
    assert.ok(gone.is === "refused");
    assert.match(gone.lines.join("\n"), /^[^\n]*profiles\.yaml: cannot be read: ENOENT[^\n]*$/);
    assert.deepEqual(await live.reload(), { is: "unchanged" });
    assert.equal(mode(), "enforce");
    assert.equal(await change(GOOD), "loaded");
  });

  it("come from a file that was missing at first", async () => {
    assert.equal((await live.reload()).is, "refused");
    assert.equal(await change(GOOD), "loaded");
    assert.equal(mode(), "enforce");
  });

  it("follow the kubelet, which swaps the folder behind a link by a rename", async () => {
    // FILE -> ..data/FILE, ..data -> ..VERSION/, as pkg/volume/util/atomic_writer.go lays it out
    const publish = async (version: string, text: string): Promise<void> => {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, "profiles.yaml"), text);
      await symlink(version, join(folder, "..data_tmp"));
      await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    };
    await publish("..2026_01", GOOD);
    await symlink("..data/profiles.yaml", file);
    assert.equal((await live.reload()).is, "loaded");
    await publish("..2026_02", BETTER);
    assert.equal((await live.reload()).is, "loaded");
    assert.equal(mode(), "warn");
    await publish("..2026_03", BAD);
    await rm(join(folder, "..2026_02"), { recursive: true });
    assert.equal((await live.reload()).is, "refused");
    assert.equal(mode(), "warn");
  });
});
