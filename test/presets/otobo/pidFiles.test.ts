// The PID files of a daemon that was killed, while another one may start (presets/otobo/runner/steps/pidFiles.ts).
import assert from "node:assert/strict";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removePidFile } from "../../../presets/otobo/runner/steps/pidFiles.ts";

describe("a stale PID file", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-pid-"));
    path = join(folder, "Daemon.pid");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is removed, and nothing of it stays", async () => {
    await writeFile(path, "17");
    assert.equal(await removePidFile(path, "17"), true);
    assert.deepEqual(await readdir(folder), []);
    assert.equal(await removePidFile(path, "17"), true, "it may be gone already");
  });

  it("stays if a daemon has written it since it was read, also one that is about to", async () => {
    await writeFile(path, "17");
    // as Perl's open with ">": the file is empty until the daemon prints into it
    const daemon = await open(path, "w");
    assert.equal(await removePidFile(path, "17"), false);
    await daemon.write("18");
    await daemon.close();
    assert.equal(await readFile(path, "utf8"), "18");
    assert.deepEqual(await readdir(folder), ["Daemon.pid"]);
  });
});
