// Timeouts, signals, kill -9: all ways in which a step does not end by itself.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildShellCommand, makeRig, planOn, type Rig } from "./rig.ts";

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The pid is gone within a second; a zombie that its new parent has not reaped yet counts as gone. */
async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
    if (!alive(pid) || state.split(") ")[1]?.startsWith("Z") === true) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}

describe("a step that does not exit", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await makeRig();
  });
  afterEach(() => rig.remove());

  it("gets SIGINT at its timeout", async () => {
    const ended = await rig.run(planOn(rig, [{ name: "slow", run: ["sleep", "60"], timeoutSeconds: 0.3 }]));
    assert.equal(ended.code, 1);
    assert.match(
      ended.message,
      /^RC207 step-timed-out: step slow: \[sleep 60\] exceeded 0.3 s and was stopped with SIGINT/,
    );
  });

  it("is killed with its children if it ignores SIGINT", async function () {
    this.timeout(20_000);
    const pids = join(rig.volume, "pids");
    const run = buildShellCommand(
      'trap "" INT; sleep 61 & echo $! $$ > "$1"; while :; do sleep 1; done',
      pids,
    );
    const ended = await rig.run(planOn(rig, [{ name: "deaf", run, timeoutSeconds: 0.5 }]));
    assert.match(ended.message, /was killed \(SIGKILL\) after ignoring SIGINT/);
    for (const pid of (await readFile(pids, "utf8")).trim().split(" "))
      assert.ok(await isGone(Number(pid)), `${pid} is left`);
  });

  it("gets SIGTERM, is awaited, and is not marked", async () => {
    const said = join(rig.volume, "said");
    const run = buildShellCommand(
      'trap "sleep 0.3; echo bye > \\"$1\\"; exit 0" TERM; echo ready; while :; do sleep 0.05; done',
      said,
    );
    const running = rig.start(planOn(rig, [{ name: "long", run }, { name: "next" }]));
    await running.logs("[long] ready");
    running.child.kill("SIGTERM");
    const ended = await running.ended;
    assert.equal(ended.code, 1);
    assert.match(ended.message, /^RC208 stopped: stopped during step long/);
    assert.equal((await readFile(said, "utf8")).trim(), "bye");
    await assert.rejects(readFile(rig.marker));
    assert.doesNotMatch(ended.log, /step next: running/);
  });

  it("cannot delay the next step by leftover processes", async () => {
    const pids = join(rig.volume, "pids");
    const run = buildShellCommand('sleep 62 & echo $! > "$1"', pids);
    const ended = await rig.run(planOn(rig, [{ run }, { name: "next" }]));
    assert.equal(ended.code, 0, ended.log);
    assert.ok(await isGone(Number(await readFile(pids, "utf8"))));
  });

  it("runs again after kill -9 of the runner, while proven steps do not", async () => {
    const counter = join(rig.volume, "counter");
    const gate = join(rig.volume, "gate");
    const plan = planOn(rig, [
      { name: "one", run: buildShellCommand('printf x >> "$1"', counter), verify: ["test", "-s", counter] },
      {
        name: "two",
        run: buildShellCommand('echo inside; until [ -e "$1" ]; do sleep 0.05; done', gate),
        verify: ["test", "-e", gate],
      },
    ]);
    const killed = rig.start(plan);
    await killed.logs("[two] inside");
    killed.child.kill("SIGKILL");
    await killed.ended;
    const marker = await rig.readMarker();
    assert.equal(marker["result"], "partial");
    await writeFile(gate, "");
    const resumed = await rig.run(plan);
    assert.equal(resumed.code, 0, resumed.log);
    assert.equal(await readFile(counter, "utf8"), "x");
  });
});
