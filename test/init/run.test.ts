// The guarantees of `run`: no marker without proof, nothing done twice, other pods' markers unchanged.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Plan } from "../../init/contract/plan.ts";
import { buildShellCommand, IDENTITY, makeRig, planOn, type Rig } from "./rig.ts";

describe("the runner's run", () => {
  let rig: Rig;
  let counter: string;
  beforeEach(async () => {
    rig = await makeRig();
    counter = join(rig.volume, "counter");
  });
  afterEach(() => rig.remove());

  const counts = async (): Promise<number> => (await readFile(counter, "utf8").catch(() => "")).length;
  const counting = (): { run: string[]; verify: string[] } => ({
    run: buildShellCommand('printf x >> "$1"', counter),
    verify: ["test", "-s", counter],
  });

  it("marks a verified step and does not run it again", async () => {
    const plan = planOn(rig, [{ name: "seed", ...counting() }]);
    const first = await rig.run(plan);
    assert.equal(first.code, 0, first.log);
    assert.match(first.message, /^done: pod web-1, NodeID 2; seed done in \d/);
    const marker = await rig.readMarker();
    assert.equal(marker["result"], "complete");
    assert.equal(marker["podUid"], "uid-1");
    const second = await rig.run(plan);
    assert.equal(second.code, 0);
    assert.match(second.message, /seed already done/);
    assert.equal(await counts(), 1);
    assert.deepEqual(await rig.readMarker(), marker, "a start after DONE writes nothing");
  });

  it("runs a marked step again if its verify fails", async () => {
    const plan = planOn(rig, [{ name: "seed", ...counting() }]);
    await rig.run(plan);
    await writeFile(counter, "");
    const again = await rig.run(plan);
    assert.equal(again.code, 0);
    assert.match(again.log, /marked as done, but verify .* exited 1: running it again/);
    assert.equal(await counts(), 1);
  });

  it("checks a marked step with `still` instead of verify", async () => {
    const verified = join(rig.volume, "verified");
    const step = { run: ["true"], verify: buildShellCommand('printf v >> "$1"', verified), still: ["true"] };
    const plan = planOn(rig, [step]);
    await rig.run(plan);
    await rig.run(plan);
    assert.equal(await readFile(verified, "utf8"), "v");
  });

  it("runs steps again for another release or a changed step", async () => {
    await rig.run(planOn(rig, [{ name: "seed", ...counting() }]));
    const released = await rig.run(planOn(rig, [{ name: "seed", ...counting() }], { release: "image:2" }));
    assert.match(released.log, /of release image:1, and the plan of image:2/);
    assert.equal(await counts(), 2);
    await rig.run(
      planOn(rig, [{ name: "seed", ...counting(), run: buildShellCommand('printf xx >> "$1"', counter) }], {
        release: "image:2",
      }),
    );
    assert.equal(await counts(), 4);
  });

  it("writes no marker if verify fails, and names the failed command", async () => {
    const ended = await rig.run(
      planOn(rig, [
        { name: "seed", run: buildShellCommand("echo working"), verify: ["test", "-s", "/nowhere"] },
      ]),
    );
    assert.equal(ended.code, 1);
    assert.match(
      ended.message,
      /^RC206 step-not-verified: step seed: run exited 0, but verify \[test -s \/nowhere\] exited 1/,
    );
    await assert.rejects(readFile(rig.marker));
  });

  it("keeps proven steps if a later step fails, and resumes there", async () => {
    const gate = join(rig.volume, "gate");
    const plan = planOn(rig, [
      { name: "one", ...counting() },
      { name: "two", run: ["false"], verify: ["test", "-e", gate] },
    ]);
    const failed = await rig.run(plan);
    assert.equal(failed.code, 1);
    assert.match(
      failed.message,
      /^RC205 step-failed: step two: run \[false\] exited 1, then verify .* exited 1\n.*one done in .*two FAILED/,
    );
    assert.equal((await rig.readMarker())["result"], "partial");
    await writeFile(gate, "");
    const resumed = await rig.run(plan);
    assert.equal(resumed.code, 0);
    assert.equal(await counts(), 1);
    assert.equal((await rig.readMarker())["result"], "complete");
  });

  it("trusts verify, not the exit code of run", async () => {
    const ended = await rig.run(planOn(rig, [{ run: ["false"], verify: ["true"] }]));
    assert.equal(ended.code, 0);
    assert.match(JSON.stringify(await rig.readMarker()), /although run \[false\] exited 1/);
  });

  for (const [field, value] of [
    ["pod", "web-2"],
    ["nodeId", "7"],
    ["namespace", "other"],
    ["workload", "db"],
    ["profile", "old"],
  ] as const) {
    it(`changes nothing if the marker is of another ${field}`, async () => {
      const plan = planOn(rig, [{ name: "seed", ...counting() }]);
      await rig.run({ ...plan, identity: { ...plan.identity, [field]: value } });
      const written = join(rig.volume, ".rollcall", field === "pod" ? "web-2.json" : "web-1.json");
      const text = await readFile(written, "utf8");
      if (field === "pod") await writeFile(rig.marker, text);
      const ended = await rig.run(plan);
      assert.equal(ended.code, 3);
      assert.match(
        ended.message,
        new RegExp(`^RC203 marker-mismatch: .*another ${field} \\(${value}.*nothing was changed`),
      );
      assert.equal(await readFile(rig.marker, "utf8"), text);
      assert.equal(await counts(), 1);
    });
  }

  for (const [name, text] of [
    ["empty", ""],
    ["cut off", '{"schema":1,"pod":"we'],
    ["altered", null],
  ] as const) {
    it(`neither trusts nor deletes a marker that is ${name}`, async () => {
      const plan = planOn(rig, [{ name: "seed", ...counting() }]);
      await rig.run(plan);
      const bad =
        text ?? (await readFile(rig.marker, "utf8")).replace('"release": "image:1"', '"release": "image:x"');
      await mkdir(dirname(rig.marker), { recursive: true });
      await writeFile(rig.marker, bad);
      const ended = await rig.run(plan);
      assert.equal(ended.code, 0);
      assert.match(ended.log, /ignoring the corrupt marker/);
      assert.equal(await counts(), 2);
      const names = await readdir(dirname(rig.marker));
      const kept = names.find((each) => /^web-1\.json\.(torn|future)\./.test(each));
      assert.ok(kept, names.join(", "));
      assert.equal(await readFile(join(dirname(rig.marker), kept), "utf8"), bad);
      assert.deepEqual(
        names.filter((each) => each.endsWith(".tmp")),
        [],
      );
    });
  }

  it("changes nothing for a marker of a later version of Rollcall", async () => {
    const plan = planOn(rig, [{ name: "seed", ...counting() }]);
    await rig.run(plan);
    await writeFile(rig.marker, '{"schema":9}');
    const ended = await rig.run(plan);
    assert.equal(ended.code, 3);
    assert.match(
      ended.message,
      /^RC210 marker-newer-format: .*later version of Rollcall \(schema 9\); nothing was changed/,
    );
    assert.equal(await readFile(rig.marker, "utf8"), '{"schema":9}');
    assert.equal(await counts(), 1);
  });

  it("removes a step from the marker before running it again", async () => {
    const gate = join(rig.volume, "gate");
    await writeFile(gate, "");
    const plan = planOn(rig, [
      { name: "one" },
      { name: "two", run: ["false"], verify: ["test", "-e", gate] },
    ]);
    await rig.run(plan);
    await rm(gate);
    const ended = await rig.run(plan);
    assert.equal(ended.code, 1);
    const marker = await rig.readMarker();
    assert.deepEqual(
      [marker["result"], (marker["steps"] as { name: string }[]).map(({ name }) => name)],
      ["partial", ["one"]],
    );
  });

  it("does not repeat a marked step whose check cannot complete", async () => {
    const slow = join(rig.volume, "slow");
    const step = {
      ...counting(),
      verify: buildShellCommand('if [ -e "$1" ]; then sleep 30; fi', slow),
      timeoutSeconds: 1,
    };
    const plan = planOn(rig, [{ name: "seed", ...step }]);
    await rig.run(plan);
    await writeFile(slow, "");
    const ended = await rig.run(plan);
    assert.match(ended.message, /^RC207 step-timed-out/);
    assert.equal(await counts(), 1);
    assert.equal((await rig.readMarker())["result"], "complete");
  });

  it("gives child processes the container's environment without Rollcall's variables", async () => {
    const env = join(rig.volume, "env");
    // unlike a shell, /usr/bin/env prints its environment without additions
    const step = { run: buildShellCommand("true"), verify: ["env", "-0"] };
    const ended = await rig.run(
      planOn(rig, [step, { run: ["cp", "/proc/self/environ", env], verify: ["test", "-s", env] }]),
      {
        NODE_ID: "2",
        GREETING: "a\tb",
      },
    );
    assert.equal(ended.code, 0, ended.log);
    const names = (await readFile(env, "utf8")).split("\0").filter((entry) => entry !== "");
    assert.deepEqual(names.sort(), [`GREETING=a\tb`, "NODE_ID=2", `PATH=${process.env["PATH"]}`]);
  });

  it("names a command that cannot be started", async () => {
    const ended = await rig.run(planOn(rig, [{ name: "seed", run: ["/no/such/tool"] }]));
    assert.equal(ended.code, 1);
    assert.match(
      ended.message,
      /^RC204 step-not-started: step seed: \[\/no\/such\/tool\] could not be started/,
    );
  });

  it("escapes control characters in a step's output", async () => {
    const ended = await rig.run(planOn(rig, [{ run: ["printf", "a\\033[2Jb\\n"], verify: ["true"] }]));
    assert.match(ended.log, /\[step-0\] a\\x1b\[2Jb/);
  });
});

describe("an invalid plan", () => {
  for (const [name, plan, says] of [
    ["no JSON", "{", /is not JSON/],
    ["another schema", '{"schema":2}', /schema/],
    ["no steps", '{"schema":1}', /RC201 invalid-plan/],
  ] as const) {
    it(`end with exit 2 for ${name}`, async () => {
      const rig = await makeRig();
      try {
        const ended = await rig.run(plan);
        assert.equal(ended.code, 2);
        assert.match(ended.message, says);
        assert.match(ended.message, /nothing was changed/);
      } finally {
        await rig.remove();
      }
    });
  }

  const ofKind = (kind: string): Partial<Plan> => ({ identity: { ...IDENTITY, kind } });
  const RING = { ring: { name: "omservice" } };
  const OZONE = {
    serviceId: "omservice",
    members: [{ id: "web-7", web: "http://localhost:9" }],
    scm: ["http://localhost:9"],
    caFile: null,
    metadata: { dirs: "/nowhere", dbDirs: "/nowhere", ratisDir: null },
    container: "om",
    command: ["false"],
    joinSeconds: 1,
    waitSeconds: 1,
    leaveSeconds: 1,
  };
  const ODD_RINGS: readonly [name: string, changes: Partial<Plan>, says: RegExp][] = [
    ["an Ozone Manager without a ring", ofKind("ozone-om"), /it is not a member of a ring/],
    [
      "an Ozone Manager without its own part",
      { ...ofKind("ozone-om"), ...RING },
      /it is not a member of a ring/,
    ],
    ["a ring of another kind", RING, /ring: kind generic has no rings/],
    [
      "a part that cannot be read",
      { ...ofKind("ozone-om"), ...RING, preset: { ...OZONE, scm: [] } },
      /preset\.scm/,
    ],
    [
      "a ring without this pod",
      { ...ofKind("ozone-om"), ...RING, preset: OZONE },
      /members does not list this pod, web-1/,
    ],
  ];
  for (const [name, changes, says] of ODD_RINGS) {
    it(`end with exit 2, and do nothing, for ${name}`, async () => {
      const rig = await makeRig();
      try {
        const api = changes.ring === undefined ? null : { folder: rig.volume };
        const ended = await rig.run(planOn(rig, [], { ...changes, api }));
        assert.equal(ended.code, 2, ended.log);
        assert.match(ended.message, says);
        assert.deepEqual(await readdir(rig.volume), []);
      } finally {
        await rig.remove();
      }
    });
  }
});
