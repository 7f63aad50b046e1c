// `status` reports what the marker says, trusts nothing that `run` would not trust, and changes nothing.
import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { buildContentStatus, formatContent } from "../../init/commands/status.ts";
import { makeRig, planOn, type Rig } from "./rig.ts";

describe("the runner's status", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await makeRig();
  });
  afterEach(() => rig.remove());

  it("exits 0 if all steps are done, and shows when and by what proof", async () => {
    const plan = planOn(rig, [{ name: "seed" }]);
    await rig.run(plan);
    const { code, stdout } = rig.status(plan);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^pod web-1, NodeID 2\n√ seed {3}done 20.*: verify \[true\] exited 0\n√ all steps are done\n$/,
    );
    const json = JSON.parse(rig.status(plan, "-o", "json").stdout) as {
      ok: boolean;
      items: { name: string; done: boolean }[];
    };
    assert.deepEqual([json.ok, json.items[0]?.name, json.items[0]?.done], [true, "seed", true]);
  });

  it("exits 1 if a step is missing, changed or not trusted", async () => {
    const plan = planOn(rig, [{ name: "seed" }]);
    assert.match(rig.status(plan).stdout, /× seed {3}not done\n.*no marker yet/);
    await rig.run(plan);
    assert.equal(rig.status(planOn(rig, [{ name: "seed", run: ["echo"] }])).code, 1);
    assert.match(rig.status({ ...plan, release: "other" }).stdout, /it is of release image:1/);
    assert.match(
      rig.status({ ...plan, identity: { ...plan.identity, nodeId: "9" } }).stdout,
      /another nodeId: 2, this pod's is 9/,
    );
    await writeFile(rig.marker, "{");
    const corrupt = rig.status(plan);
    assert.deepEqual([corrupt.code, /it is corrupt: it is not JSON/.test(corrupt.stdout)], [1, true]);
  });

  it("says of a pod's content that it is not settled only in a workload that settles it", () => {
    const at = "2026-11-29T20:00:00.000Z";
    const content = {
      settled: { id: "1:a", at, pod: "web-1" },
      pods: { "web-1": { id: "1:a", at, podUid: "u" }, "web-2": { id: "2:b", at, podUid: "v" } },
    };
    const format = (...scopes: ("pod" | "release")[]) =>
      formatContent(buildContentStatus({ steps: scopes.map((scope) => ({ scope })) }, content));
    const has = [`√ web-1   has 1:a since ${at}`, `√ web-2   has 2:b since ${at}`];
    assert.deepEqual(format("pod", "release"), [has[0], `${has[1]} (not settled)`]);
    assert.deepEqual(format("pod"), has);
  });

  it("exits 2 for a bad plan or usage and 3 for an unreadable store, also with JSON", async () => {
    assert.equal(rig.status({}).code, 2);
    assert.equal(rig.status(planOn(rig, [{}]), "-o", "xml").code, 2);
    await rm(rig.marker, { force: true });
    await mkdir(rig.marker, { recursive: true });
    const unknown = rig.status(planOn(rig, [{}]), "-o", "json");
    assert.equal(unknown.code, 3);
    assert.match((JSON.parse(unknown.stdout) as { error: string }).error, /cannot be read/);
  });
});
