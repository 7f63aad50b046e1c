// When a member is ready: every state of a ring as the readiness probe sees it, over real HTTP, with a stand-in for
// members (docs/research/ozone.md#measured-in-pods).

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Plan } from "../../../init/contract/plan.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import { realFiles } from "../../../init/world/files.ts";
import { openWeb } from "../../../init/world/openWeb.ts";
import { realTrees } from "../../../init/world/realTrees.ts";
import { checkReadiness, type Readiness } from "../../../presets/ozone-om/runner/ready.ts";
import { type Running, type State, startMember } from "../../init/contract/ring/standIn.mjs";
import { buildModelPlan } from "./modelPod.ts";
import { buildRingFields, readOzone } from "./plan.ts";
import { makeRingVolume, type RingVolume } from "./volume.ts";

const MAIN = fileURLToPath(new URL("../../../init/commands/main.ts", import.meta.url));

describe("a member's readiness", () => {
  let volume: RingVolume;
  let plan: Plan;
  let running: Running[];
  let state: State;

  beforeEach(async () => {
    volume = await makeRingVolume();
    state = { serviceId: "omservice", leader: null, term: 3, members: ["om-0", "om-1", "om-2"] };
    const ids = ["om-0", "om-1", "om-2"];
    running = await Promise.all(ids.map((id) => startMember({ id, state: () => state, host: "127.0.0.1" })));
    const whole = buildModelPlan(1, volume);
    const ozone = readOzone(whole);
    const members = ids.map((id, index) => ({ id, web: `http://127.0.0.1:${running[index]?.port}` }));
    plan = { ...whole, ...buildRingFields({ ...ozone, members }) };
  });

  afterEach(async () => {
    await Promise.all(running.map((member) => member.close()));
    await volume.remove();
  });

  const down = (...ordinals: readonly number[]): Promise<unknown> =>
    Promise.all(ordinals.map((ordinal) => running[ordinal]?.close()));

  async function readiness(): Promise<Readiness> {
    const world = { trees: realTrees, files: realFiles, askWeb: openWeb(null, 500) };
    return checkReadiness(readOzone(plan), "om-1", world as unknown as RingWorld);
  }

  const told = async (): Promise<[boolean, string]> => {
    const { ready, why } = await readiness();
    return [ready, why];
  };

  it("is ready if a leader is known, whichever members run", async () => {
    state = { ...state, leader: "om-0" };
    await down(0, 2);
    assert.deepEqual(await told(), [true, "om-1 is FOLLOWER in term 3, the leader is om-0"]);
    state = { ...state, leader: "om-1" };
    assert.equal((await readiness()).ready, true);
  });

  it("is ready without a leader while fewer than a majority of its ring answers", async () => {
    await volume.whole(["om-0", "om-1", "om-2"]);
    await down(0, 2);
    assert.deepEqual(await told(), [
      true,
      "om-1 knows no leader, and 1 of its ring's 3 members answer: 2 are needed, so the others may be waiting for this one",
    ]);
  });

  it("is not ready while a majority answers without a leader", async () => {
    await volume.whole(["om-0", "om-1", "om-2"]);
    await down(2);
    assert.deepEqual(await told(), [
      false,
      "om-1 knows no leader, and 2 of its ring's 3 members answer: an election is expected",
    ]);
    // only members of its own ring count: a removed member is not one of them
    await volume.whole(["om-1", "om-2", "om-3", "om-4"]);
    assert.equal((await readiness()).ready, true);
  });

  it("says what to do if a ring without it has a leader, as after a start from its own disk", async () => {
    await volume.whole(["om-0", "om-1", "om-2"]);
    state = {
      ...state,
      says: {
        "om-0": { leader: "om-2" },
        "om-2": { role: "LEADER", leader: "om-2", members: ["om-0", "om-2"] },
      },
    };
    assert.deepEqual(await told(), [
      false,
      "om-1 knows no leader, and om-2 leads a ring that does not list it: om-0, om-2. Delete the pod om-1, and it joins that ring",
    ]);
    // a leader that lists it is about to tell it
    state = {
      ...state,
      says: { "om-2": { role: "LEADER", leader: "om-2", members: ["om-0", "om-1", "om-2"] } },
    };
    assert.match((await readiness()).why, /an election is expected$/);
  });

  it("needs a leader in a ring of one", async () => {
    await volume.whole(["om-1"]);
    assert.equal((await readiness()).ready, false);
  });

  it("is not ready without a ring, with an unreadable disk, in another group, or without an answer", async () => {
    assert.deepEqual(await told(), [false, "om-1 knows no leader and is in no ring yet"]);
    state = { ...state, serviceId: "another" };
    assert.match((await readiness()).why, /^om-1: it is not in group-.*, the Raft group of omservice/);
    state = { ...state, serviceId: "omservice", says: { "om-1": { id: "om-7" } } };
    assert.match((await readiness()).why, /^om-1: it answers as om-7/);
    await down(1);
    assert.match((await readiness()).why, /^om-1: .*connection refused/);
  });

  it("is the exit code of om ready, with a message for the kubelet's Events", async function () {
    this.timeout(60_000);
    const run = async (): Promise<{ code: number; out: string }> => {
      const env = { PATH: process.env["PATH"] ?? "", ROLLCALL_PLAN: JSON.stringify(plan) };
      try {
        const { stdout } = await promisify(execFile)(process.execPath, [MAIN, "om", "ready"], { env });
        return { code: 0, out: stdout };
      } catch (error) {
        const { code, stdout } = error as { code: number; stdout: string };
        return { code, out: stdout };
      }
    };
    assert.deepEqual(await run(), { code: 1, out: "× om-1 knows no leader and is in no ring yet\n" });
    state = { ...state, leader: "om-0" };
    assert.deepEqual(await run(), {
      code: 0,
      out: "√ om-1 is FOLLOWER in term 3, the leader is om-0\n",
    });
  });
});
