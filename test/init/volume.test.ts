// An unusable marker volume makes the runner exit with 1 and name the reason, before any step has run.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeRunner } from "../../webhook/cli/try/makeRunner.ts";
import { RUNNER } from "../programs.ts";
import { needsRoot } from "../requirements.ts";
import { buildShellCommand, makeRig, planOn, type Rig } from "./rig.ts";

describe("an unusable marker volume", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await makeRig();
  });
  afterEach(() => rig.remove());

  const touched = (): { run: string[] } => ({
    run: buildShellCommand('echo ran > "$1"', join(rig.volume, "ran")),
  });

  it("is reported if the mount is missing", async () => {
    const plan = planOn(rig, [touched()]);
    await rm(rig.volume, { recursive: true });
    const ended = await rig.run(plan);
    assert.equal(ended.code, 1);
    assert.match(ended.message, /^RC202 marker-volume-unusable: .*the folder does not exist \(ENOENT\)/);
  });

  it("is reported if this user has no permission to write there", async function () {
    needsRoot(this);
    // Node.js and the runner where uid 65534 can read them, wherever this checkout is
    const runner = join(rig.volume, "..", "runner");
    await makeRunner(runner);
    await chmod(join(rig.volume, ".."), 0o755);
    const ended = spawnSync(
      join(runner, "node"),
      [join(runner, "rollcall.cjs"), "run", "--termination-log", "/dev/null"],
      {
        encoding: "utf8",
        uid: 65534,
        gid: 65534,
        cwd: "/",
        env: { PATH: "/usr/bin:/bin", ROLLCALL_PLAN: JSON.stringify(planOn(rig, [touched()])) },
      },
    );
    assert.equal(ended.status, 1, ended.stdout + ended.stderr);
    assert.match(
      ended.stdout,
      /RC202 .*this user has no permission to write there \(EACCES\); set the pod's fsGroup, or the profile's runner\.position, so that rollcall-init runs after/,
    );
  });

  /** Runs the runner with a tmpfs as its volume, in a mount namespace that ends with it. */
  function onTmpfs(options: string, before: string): { code: number | null; log: string } {
    const plan = JSON.stringify(planOn(rig, [{ name: "seed", ...touched() }]));
    const script = `mount -t tmpfs -o ${options} tmpfs "$1" && ${before} && exec "$2" "$3" run --termination-log "$4"`;
    const last = join(rig.volume, "..", "termination-log");
    const ended = spawnSync(
      "unshare",
      ["--mount", "sh", "-c", script, "sh", rig.volume, process.execPath, RUNNER, last],
      { encoding: "utf8", env: { PATH: process.env["PATH"] ?? "", ROLLCALL_PLAN: plan } },
    );
    return { code: ended.status, log: ended.stdout + ended.stderr };
  }

  it("is reported if it is full, before any step runs", async function () {
    needsRoot(this);
    const { code, log } = onTmpfs("size=64k", 'head -c 1000000 /dev/zero > "$1/filler" 2>/dev/null || true');
    assert.equal(code, 1, log);
    assert.match(log, /RC202 marker-volume-unusable: .*the volume is full \(ENOSPC\); free space/);
    assert.doesNotMatch(log, /step seed: running/);
    const message = await readFile(join(rig.volume, "..", "termination-log"), "utf8");
    assert.ok(Buffer.byteLength(message.split("\n")[0] ?? "") <= 300);
  });

  it("is reported if it is read-only", function () {
    needsRoot(this);
    const { code, log } = onTmpfs("size=64k", 'mount -o remount,ro "$1"');
    assert.equal(code, 1, log);
    assert.match(log, /mounted read-only \(EROFS\)/);
  });
});
