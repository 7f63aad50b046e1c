// Processes that outlive their parent, and locks that do not. Real processes, ended by their id.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InterruptedError } from "./failure.ts";
import { endOrphans } from "./process/children.ts";
import { identify, isAlive, startTime } from "./process/identity.ts";
import { readLockHolder, withHostLock } from "./process/lock.ts";
import { describeCommandFailure, Shell } from "./process/shell.ts";

describe("processes of the cluster provider", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-process-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("parses a start time after a name with spaces and brackets", () => {
    const fields = Array.from({ length: 22 }, (_, index) => String(index + 3));
    assert.equal(startTime(`7 (a ) b) ${fields.join(" ")}`), "22");
    assert.equal(startTime("7 (gone) Z 1 7 7"), null);
  });

  it("rejects a process id whose start time differs", async () => {
    const me = await identify(process.pid);
    assert.ok(me !== null);
    assert.equal(await isAlive(me), true);
    assert.equal(await isAlive({ ...me, start: "1" }), false);
  });

  it("ends the whole process group when the caller's signal fires", async () => {
    const controller = new AbortController();
    const running = new Shell(folder, controller.signal).run("sh", [
      "-c",
      `sleep 60 & echo $! > ${folder}/pid; wait`,
    ]);
    const written = (): Promise<string> => readFile(join(folder, "pid"), "utf8").catch(() => "");
    while (!(await written()).endsWith("\n")) await sleep(20);
    controller.abort();
    await assert.rejects(running, InterruptedError);
    const pid = Number(await written());
    // The kernel removes a killed process soon, not immediately.
    for (let tries = 0; tries < 50 && (await identify(pid)) !== null; tries += 1) await sleep(20);
    assert.equal(await identify(pid), null);
  });

  it("returns 124 for a timeout and 127 for a missing program", async () => {
    const shell = new Shell(folder, new AbortController().signal);
    assert.equal((await shell.run("sleep", ["60"], { timeoutMs: 100 })).code, 124);
    assert.equal((await shell.run("no-such-program", [])).code, 127);
  });

  it("ends orphans of a dead parent, and no other process's children", async () => {
    const start = (): number => spawn("sleep", ["60"], { detached: true, stdio: "ignore" }).pid ?? 0;
    const [orphan, child] = [await identify(start()), await identify(start())];
    const me = await identify(process.pid);
    assert.ok(orphan !== null && child !== null && me !== null);
    const gone = { ...me, start: "1" };
    await writeFile(join(folder, "1"), JSON.stringify({ child: orphan, parent: gone }));
    await writeFile(join(folder, "2"), JSON.stringify({ child, parent: me }));
    assert.equal(await endOrphans(folder), 1);
    assert.equal(await isAlive(child), true);
    process.kill(child.pid, "SIGKILL");
  });

  it("admits one holder at a time and reports who holds the lock", async () => {
    const seen: (string | undefined)[] = [];
    const entered = Promise.withResolvers<void>();
    const first = withHostLock(folder, { purpose: "tests" }, async () => {
      entered.resolve();
      const holder = await readLockHolder(folder);
      assert.deepEqual(holder, { pid: process.pid, purpose: "tests" });
      await sleep(100);
      seen.push("first");
    });
    await entered.promise;
    const onWait = (holder: { purpose: string } | null): void => void seen.push(holder?.purpose);
    await withHostLock(folder, { purpose: "tests too", onWait }, async () => {
      seen.push("second");
    });
    await first;
    assert.deepEqual(seen, ["tests", "first", "second"]);
    assert.equal(await readLockHolder(folder), null);
  });

  it("reports the last line that names an error as the reason", () => {
    const outcome = { code: 2, stdout: "", stderr: "Error: no such network\nsee --help\n" };
    assert.equal(
      describeCommandFailure("/x/podman", ["run"], outcome),
      "`podman run` ended with 2: Error: no such network",
    );
  });
});
