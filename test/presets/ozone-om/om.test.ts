// `om` and `status` of a member, with the real runner as a process.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { MARKER_SCHEMA, writeMarker } from "../../../init/contract/marker.ts";
import type { Plan } from "../../../init/contract/plan.ts";
import { realFiles } from "../../../init/world/files.ts";
import { realTrees } from "../../../init/world/realTrees.ts";
import { setAside } from "../../../presets/ozone-om/runner/archive.ts";
import { readDisk } from "../../../presets/ozone-om/runner/read/disk.ts";
import { RUNNER } from "../../programs.ts";
import { buildModelPlan } from "./modelPod.ts";
import { buildRingFields, readOzone } from "./plan.ts";
import { makeRingVolume, READER, type RingVolume } from "./volume.ts";

const rollcall = (plan: Plan, ...words: readonly string[]) => rollcallIn({}, plan, ...words);

/** @param pod the kubelet's variables about it */
function rollcallIn(pod: Record<string, string>, plan: Plan, ...words: readonly string[]) {
  const env = { PATH: process.env["PATH"] ?? "", ROLLCALL_PLAN: JSON.stringify(plan), ...pod };
  const ended = spawnSync(process.execPath, [RUNNER, ...words], { env, encoding: "utf8" });
  return { code: ended.status, out: ended.stdout, error: ended.stderr };
}

describe("the tools of a member", function () {
  this.timeout(120_000);
  let volume: RingVolume;
  let plan: Plan;

  beforeEach(async () => {
    volume = await makeRingVolume();
    const whole = buildModelPlan(1, volume);
    const ozone = readOzone(whole);
    const members = ozone.members.map(({ id }, index) => ({ id, web: `http://127.0.0.1:${index + 1}` }));
    plan = { ...whole, ...buildRingFields({ ...ozone, members }) };
  });

  afterEach(() => volume.remove());

  it("report an unknown ring and why (3)", () => {
    const json = rollcall(plan, "om", "ring", "-o", "json");
    const told = JSON.parse(json.out) as { ring: unknown; why: string };
    assert.deepEqual([json.code, told.ring], [3, null]);
    assert.match(told.why, /^no member reports a ring: om-0: 127\.0\.0\.1:1: connection refused/);
    assert.match(rollcall(plan, "om", "ring").out, /^× the state of ring omservice is unknown: /);
  });

  it("list archived states, and remove them", async () => {
    assert.deepEqual(rollcall(plan, "om", "archive", "list"), {
      code: 0,
      out: "no state is archived\n",
      error: "",
    });
    await volume.whole(["om-0", "om-1"]);
    const disk = await readDisk({ metadata: volume.metadata, serviceId: "omservice" }, READER);
    assert.ok(!("unreadable" in disk));
    const disks = { files: realFiles, trees: realTrees };
    const at = "2026-01-01T00:00:00.000Z";
    assert.equal(
      await setAside(volume.metadata, disk, { ...disks, at, runId: "run-1", why: "it was removed" }),
      null,
    );
    const listed = rollcall(plan, "om", "archive", "list", "-o", "json");
    const [item] = (JSON.parse(listed.out) as { items: { path: string; peers: string[]; why: string }[] })
      .items;
    assert.deepEqual([item?.peers, item?.why], [["om-0", "om-1"], "it was removed"]);
    assert.match(rollcall(plan, "om", "archive", "rm").out, /^removed:\n.*it was removed\n$/);
    assert.ok(!existsSync(item?.path ?? ""));
  });

  it("read, but change nothing in a copy of the member's pod (3)", () => {
    const { namespace, pod, nodeId } = plan.identity;
    const copy = { ROLLCALL_POD_NAMESPACE: namespace, ROLLCALL_POD_NAME: `${pod}-debug` };
    for (const words of [["transfer"], ["evict", "om-2"], ["rejoin", "om-2"], ["archive", "rm"]]) {
      const { code, out } = rollcallIn(copy, plan, "om", ...words);
      assert.equal(code, 3, out);
      assert.match(
        out,
        new RegExp(`^× RC217 plan-of-another-pod: this is pod ${namespace}/${pod}-debug, .*NodeID ${nodeId}`),
      );
      assert.ok(out.includes(`kubectl -n ${namespace} debug ${pod} -it --copy-to=${pod}-debug`), out);
    }
    assert.equal(rollcallIn(copy, plan, "om", "archive", "list").code, 0);
    const itself = { ...copy, ROLLCALL_POD_NAME: pod };
    assert.equal(rollcallIn(itself, plan, "om", "archive", "rm").code, 0);
  });

  it("do not join in place of the original in a copy of its pod (3)", () => {
    const { namespace, pod } = plan.identity;
    const copy = { ROLLCALL_POD_NAMESPACE: namespace, ROLLCALL_POD_NAME: `${pod}-debug` };
    const { code, out } = rollcallIn(copy, plan, "run", "--termination-log", "/dev/null");
    assert.equal(code, 3, out);
    assert.match(out, /RC217 plan-of-another-pod/);
  });

  it("reject unknown arguments, and pods that are not members (2)", () => {
    const wrong = rollcall(plan, "om", "archive");
    assert.deepEqual(
      [wrong.code, wrong.error.split("\n")[0]],
      [2, "rollcall: om takes ring, ready, transfer [ID], evict ID, rejoin ID, archive list or archive rm"],
    );
    for (const words of [["evict"], ["ring", "om-1"], ["evict", "om-1", "om-2"], ["toString"]])
      assert.equal(rollcall(plan, "om", ...words).code, 2, words.join(" "));
    assert.match(
      rollcall(plan, "om", "transfer", "om-9").error,
      /^rollcall: om transfer: "om-9" is not one of the members: om-0, om-1, om-2, om-3/,
    );
    const { ring: _, preset: __, ...rest } = plan;
    const other = rollcall({ ...rest, identity: { ...plan.identity, kind: "generic" } }, "om", "ring");
    assert.match(other.error, /^rollcall: this pod is of kind generic, so it is not a member of a ring/);
  });

  it("change nothing if the API server is unreachable (3) or the lock is held (1), and report it", () => {
    for (const [word, code] of [
      ["evict", 3],
      ["rejoin", 3],
      ["transfer", 1],
    ] as const) {
      const told = rollcall(plan, "om", word, "om-2", "-o", "json");
      const { is, why, id } = JSON.parse(told.out) as { is: string; why: string; id: string };
      assert.deepEqual([told.code, is, id], [code, code === 3 ? "unknown" : "refused", "om-2"], told.out);
      assert.match(why, /KUBERNETES_SERVICE_HOST/);
    }
  });

  it("show in status how the member joined its ring", async () => {
    assert.match(rollcall(plan, "status").out, /× member {3}not done/);
    const at = "2026-01-01T00:00:00.000Z";
    const step = {
      name: "bootstrap",
      digest: "d",
      runId: "r",
      startedAt: at,
      finishedAt: at,
      evidence: "three pieces",
    };
    const body = {
      schema: MARKER_SCHEMA,
      ...plan.identity,
      podUid: "",
      release: "",
      planDigest: "",
      steps: [step],
    } as const;
    await volume.write(
      ".rollcall/om-1.json",
      writeMarker({ ...body, result: "complete", writtenAt: at, toolVersion: "0" }),
    );
    const { code, out } = rollcall(plan, "status");
    assert.equal(code, 0);
    assert.match(out, /√ bootstrap {3}done 2026-01-01T00:00:00\.000Z: three pieces/);
  });
});
