// The release of a pod: the last line of output of the plan's releaseFrom, or none.
import assert from "node:assert/strict";
import { readReleaseInPod } from "../../../init/engine/release/readReleaseInPod.ts";
import { openWorld } from "../../../init/world/open.ts";
import { buildShellCommand } from "../../init/rig.ts";

async function ask(...argv: readonly string[]) {
  const plan = { release: "image:1", releaseFrom: argv.length === 0 ? undefined : argv };
  const world = await openWorld({
    plan: { s3: null, api: null },
    env: process.env,
    stop: new AbortController().signal,
    log: () => undefined,
    runId: "run",
  });
  return readReleaseInPod(plan as Parameters<typeof readReleaseInPod>[0], world, () => undefined);
}

describe("readReleaseInPod", () => {
  it("returns the plan's text without releaseFrom", async () => {
    assert.deepEqual(await ask(), { release: "image:1" });
  });

  it("appends the last printed line", async () => {
    assert.deepEqual(await ask(...buildShellCommand("echo loading; echo 11.0.5+abc; echo")), {
      release: "image:1 11.0.5+abc",
    });
  });

  it("fails if the command fails, prints nothing or does not exist", async () => {
    for (const argv of [buildShellCommand("echo half; exit 3"), ["true"], ["/is/not/there"]]) {
      const asked = await ask(...argv);
      assert.ok("failure" in asked, JSON.stringify(asked));
    }
    const failed = await ask(...buildShellCommand("echo the database does not answer; exit 1"));
    assert.match(JSON.stringify(failed), /the database does not answer/);
  });
});
