// A failed step is retried with growing pauses, up to its limit.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { STEP_BACKOFF } from "../../init/engine/step.ts";
import { computeBackoffMs } from "../../init/engine/wait.ts";
import { buildShellCommand, makeRig, planOn, type Rig } from "./rig.ts";

describe("a step that fails at first", () => {
  let rig: Rig;
  let counter: string;
  beforeEach(async () => {
    rig = await makeRig();
    counter = join(rig.volume, "counter");
  });
  afterEach(() => rig.remove());

  const counts = async (): Promise<number> => (await readFile(counter, "utf8")).length;

  it("is retried, and marked once it is verified", async () => {
    const step = {
      name: "late",
      run: buildShellCommand('printf x >> "$1"', counter),
      verify: buildShellCommand('[ "$(cat "$1")" = xx ]', counter),
      retries: 2,
    };
    const ended = await rig.run(planOn(rig, [step]));
    assert.equal(ended.code, 0, ended.log);
    assert.match(ended.log, /RC206 step-not-verified: .*; retrying in [\d.]+ s \(1 of 2\)/);
    assert.equal(await counts(), 2);
    assert.equal((await rig.readMarker())["result"], "complete");
  });

  it("fails after its retries with the last failure", async () => {
    const ended = await rig.run(
      planOn(rig, [
        { name: "never", run: buildShellCommand('printf x >> "$1"', counter), verify: ["false"], retries: 1 },
      ]),
    );
    assert.equal(ended.code, 1);
    assert.match(ended.message, /^RC206 step-not-verified: step never/);
    assert.equal(await counts(), 2);
  });

  it("is not retried if its program does not exist", async () => {
    const ended = await rig.run(planOn(rig, [{ run: ["/no/such/tool"], retries: 5 }]));
    assert.match(ended.message, /^RC204/);
    assert.doesNotMatch(ended.log, /retrying/);
  });

  it("does not delay a stop by its pause", async () => {
    const running = rig.start(planOn(rig, [{ name: "never", verify: ["false"], retries: 20 }]));
    await running.logs("(3 of 20)");
    const began = performance.now();
    running.child.kill("SIGTERM");
    const ended = await running.ended;
    assert.match(ended.message, /^RC208 stopped/);
    assert.ok(performance.now() - began < 1_500);
  });

  it("pauses 1, 2, 4 s and so on up to 30, each with jitter around it", () => {
    assert.deepEqual(
      [1, 2, 3, 6, 60].map((tries) => computeBackoffMs(STEP_BACKOFF, tries, 0.5)),
      [1000, 2000, 4000, 30_000, 30_000],
    );
    assert.deepEqual(
      [computeBackoffMs(STEP_BACKOFF, 1, 0), computeBackoffMs(STEP_BACKOFF, 1, 0.999)],
      [500, 1499],
    );
  });
});
