// What keeps a new member from joining, on stand-ins: answers of a leader as Ozone 2.2.0 gives them, and the model of a
// ring. The real ones are processes/suites/upgrade.real.e2e.ts and purgedLog.real.e2e.ts.
import assert from "node:assert/strict";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { readRecord } from "../../../init/contract/record.ts";
import type { WebAnswer } from "../../../init/engine/ringPorts.ts";
import { askSoftware, type ReportedSoftware } from "../../../presets/ozone-om/runner/ask.ts";
import { type JoinSoftware, judgeSoftware } from "../../../presets/ozone-om/runner/judgeSoftware.ts";
import { formatRingReport } from "../../../presets/ozone-om/runner/om.ts";
import { readInstalledVersion } from "../../../presets/ozone-om/runner/readInstalledVersion.ts";
import { type ModelCluster, type ModelTemplate, startMembers } from "./modelCluster.ts";
import { buildModelPlan, PowerCut } from "./modelPod.ts";
import { type ModelSoftware, waitForTick } from "./modelRing.ts";
import { readOzone } from "./plan.ts";
import { makeRingVolume, RAFT_GROUP, type RingVolume } from "./volume.ts";

const MOST_WAIT_MS = 30_000;

const FINAL = { metadata: 9, software: 9 };
const OPEN = { metadata: 8, software: 9 };

const judge = (changes: Partial<JoinSoftware["reported"]> & Partial<JoinSoftware> = {}) => {
  const { version = "2.3.0", layout = FINAL, purges = 0, ...others } = changes;
  const reported = { version, layout, purges, unanswered: [] };
  const base = { me: "om-3", leader: "om-0", serviceId: "omservice", own: "2.3.0", hasPurged: false };
  return judgeSoftware({ ...base, canScaleBack: true, others: [], reported, ...others });
};

describe("whether a member may join, by the software of the leader", () => {
  it("it may with the same version and a finalized layout", () => {
    assert.equal(judge(), null);
    assert.equal(judge({ version: "2.3.0-SNAPSHOT" }), null);
  });

  it("it waits until the upgrade is finalized, and says how", () => {
    const found = judge({ layout: OPEN });
    assert.equal(found?.name, "upgrade-not-finalized");
    assert.equal(found.detail, "metadata layout 8, software layout 9");
    assert.match(
      found.waitsFor ?? "",
      /`ozone admin scm finalizeupgrade`, then `ozone admin om finalizeupgrade --service-id=omservice`/,
    );
  });

  const versions: readonly [own: string | null, leader: string | null, waits: boolean][] = [
    ["2.1.1", "2.2.1", true],
    ["2.2.0", "2.2.1", false],
    ["2.2.0-cdh", "2.2.1-SNAPSHOT", false],
    ["1.4.0.7.3.1", "1.4.0.7.1.9", true],
    ["1.4.0.7.1.9", "1.4.0.7.3.1", true],
    ["1.4.0.7.1.8.0-10", "1.4.0.7.1.9.0-11", false],
    ["1.4.0", "1.4.0.7.1.9", false],
    ["2.1.0.1", "2.1.0", false],
    ["2.1.0", "2.1.1", false],
    ["2.3.0", "2.2.1", true],
    ["3.0.0", "2.3.0", true],
    ["10.0.0", "9.0.0", true],
    ["2.3.1", "2.3.0", false],
    ["2.3.0", "2.3.0", false],
    ["2.3", "2.3.0", false],
    [null, "2.3.0", false],
    ["2.3.0", null, false],
    ["trunk", "2.3.0", false],
  ];
  for (const [own, version, waits] of versions) {
    it(`${own ?? "an unknown version"} ${waits ? "waits beside" : "joins"} a leader with ${version ?? "an unknown one"}`, () => {
      const found = judge({ own, version });
      assert.equal(found?.name, waits ? "versions-differ" : undefined);
      if (waits) assert.equal(found?.detail, `om-0 has Ozone ${version}, om-3 has ${own}`);
    });
  }

  it("names a member that could lead, and scaling back only where that takes this member away", () => {
    const gap = { own: "2.1.1", version: "2.2.0" };
    const others = [
      { id: "om-1", version: null },
      { id: "om-2", version: "2.1.0" },
    ];
    const transfer = /om-2 has 2\.1\.0: let it lead \(`\/rollcall\/rollcall om transfer om-2` in a member\)/;
    assert.match(judge({ ...gap, others })?.waitsFor ?? "", transfer);
    assert.doesNotMatch(judge({ ...gap, others: others.slice(0, 1) })?.waitsFor ?? "", /transfer/);
    for (const reason of [gap, { layout: OPEN }, { own: "2.2.0", version: "2.2.0", hasPurged: true }]) {
      assert.match(judge(reason)?.waitsFor ?? "", /scale back/i);
      const stays = judge({ ...reason, canScaleBack: false });
      assert.ok(stays);
      assert.doesNotMatch(stays.waitsFor ?? "", /scale back/i);
    }
  });

  const purged: readonly [own: string | null, leader: string, waits: boolean][] = [
    ["2.2.0", "2.2.0", true],
    ["2.2.1", "2.2.0", true],
    [null, "2.2.0", true],
    ["2.1.1", "2.1.1", false],
    ["2.2.2", "2.2.0", false],
    ["2.3.0", "2.3.0", false],
  ];
  for (const [own, version, waits] of purged) {
    it(`${own ?? "an unknown version"} ${waits ? "waits" : "joins"} if a leader with ${version} has purged its log`, () => {
      assert.equal(judge({ own, version, hasPurged: true })?.name, waits ? "log-purged" : undefined);
      assert.equal(judge({ own, version, hasPurged: false }), null);
    });
  }
});

describe("a build of a version without HDDS-16057", () => {
  for (const own of ["2.2.0-cdh", "2.2.0-SNAPSHOT", "2.2.1.7.3.1", "2.2.1.7.3.1.0-197"]) {
    it(`is no reason to wait for ${own} after a purge, but is recorded`, () => {
      const found = judge({ own, version: own, hasPurged: true });
      assert.deepEqual(found, { name: "log-purged-build", detail: `Ozone ${own}`, waitsFor: null });
      assert.equal(judge({ own, version: own }), null);
    });
  }

  it("is none of another version", () => {
    for (const own of ["2.2.2-cdh", "2.1.1-cdh", "2.20.0-x", "12.2.0"])
      assert.equal(judge({ own, version: own, hasPurged: true }), null, own);
  });
});

describe("what a leader reports of its software", () => {
  let volume: RingVolume;
  before(async () => {
    volume = await makeRingVolume();
  });
  after(() => volume.remove());

  const ask = (answer: (query: string) => WebAnswer) =>
    askSoftware(readOzone(buildModelPlan(0, volume)), "om-0", async (url) => answer(decodeURIComponent(url)));
  const body = (bean: unknown): WebAnswer => ({ is: "answer", status: 200, body: { beans: [bean] } });

  it("is read from three beans, which are named exactly", async () => {
    const asked: string[] = [];
    const found = await ask((query) => {
      asked.push(query.split("?qry=")[1] ?? "");
      if (query.includes("LayoutVersionManager"))
        return body({ MetadataLayoutVersion: 8, SoftwareLayoutVersion: 9 });
      return body(query.includes("purgeLog") ? { Count: 2 } : { SoftwareVersion: "2.2.0" });
    });
    assert.equal(
      (await ask(() => body({ SoftwareVersion: "1.4.0.7.3.1.0-197" }))).version,
      "1.4.0.7.3.1.0-197",
    );
    assert.deepEqual(found, { version: "2.2.0", layout: OPEN, purges: 2, unanswered: [] });
    assert.deepEqual(asked, [
      "Hadoop:service=OzoneManager,name=OzoneManagerInfo,component=ServerRuntime",
      "Hadoop:service=LayoutVersionManager,name=OMLayoutVersionManager",
      "ratis:name=ratis.log_worker.om-0@group-D66704EFC61C.purgeLog",
    ]);
  });

  const nothing = { version: null, layout: null, purges: null };

  const useless: readonly [string, WebAnswer][] = [
    ["no beans", { is: "answer", status: 200, body: { beans: [] } }],
    ["wrong types", body({ SoftwareVersion: 2, MetadataLayoutVersion: "8", Count: -1 })],
    ["a version that is none", body({ SoftwareVersion: "2.2.0\nWarning: forged" })],
    ["a long version", body({ SoftwareVersion: `2.2.0-${"x".repeat(100_000)}` })],
    ["half a layout", body({ MetadataLayoutVersion: 8 })],
  ];
  for (const [what, answer] of useless) {
    it(`is nothing after ${what}`, async () => {
      assert.deepEqual(await ask(() => answer), { ...nothing, unanswered: [] });
    });
  }

  const lost: readonly [string, WebAnswer][] = [
    ["404", { is: "answer", status: 404, body: { beans: [{ SoftwareVersion: "2.2.0" }] } }],
    ["503", { is: "answer", status: 503, body: { beans: [] } }],
    ["silence", { is: "silent", why: "refused" }],
    ["a timeout", { is: "unclear", why: "timeout" }],
    ["text", { is: "answer", status: 200, body: "<html>" }],
  ];
  for (const [what, answer] of lost) {
    it(`is unanswered after ${what}, each part by itself`, async () => {
      assert.deepEqual(await ask(() => answer), { ...nothing, unanswered: ["version", "layout", "purges"] });
      const found = await ask((query) =>
        query.includes("LayoutVersionManager")
          ? answer
          : body(query.includes("purgeLog") ? { Count: 0 } : { SoftwareVersion: "2.2.0" }),
      );
      assert.deepEqual(found, { version: "2.2.0", layout: null, purges: 0, unanswered: ["layout"] });
    });
  }
});

describe("this member's own version", () => {
  const read = (...lines: string[]): Promise<string | null> =>
    readInstalledVersion(
      { command: ["ozone"] },
      {
        runChild: async ({ argv, onLine }) => {
          assert.deepEqual(argv, ["ozone", "version"]);
          for (const line of lines) onLine(line);
          return { is: "exited", code: 0 };
        },
      },
    );

  it("is read from the page of 2.0.0 and of 2.2.0, whose drawings differ", async () => {
    assert.equal(await read("               //////  ////", "              /    2.0.0(Name)", ""), "2.0.0");
    assert.equal(await read("      .-.+    ", "2.2.0(Katmai)", "Using HDDS 1.9.9(x)"), "2.2.0");
    assert.equal(await read("2.3.0-SNAPSHOT(Unreleased)"), "2.3.0-SNAPSHOT");
  });

  it("is read without the name of a release, where it is clear", async () => {
    assert.equal(await read("  /////", "  /    2.2.0", "Source code repository x -r 1.2.3"), "2.2.0");
    assert.equal(await read("Apache Ozone 1.4.0.7.3.1.0-197", "Using HDDS 1.4.0"), "1.4.0.7.3.1.0-197");
    assert.equal(await read("1.9.9", "2.2.0(Katmai)"), "2.2.0");
    for (const line of [
      "Using HDDS 2.2.0",
      "Compiled with protoc 3.19.6",
      "openjdk version 11.0.2",
      "17",
      "v2.2.0",
    ])
      assert.equal(await read(line), null, line);
  });

  it("is unknown if the command prints none, and costs little if it prints much", async () => {
    assert.equal(await read("no such command: version"), null);
    assert.equal(await read(...Array.from({ length: 10_000 }, () => "x"), "2.2.0(Katmai)"), null);
    assert.equal(await read(`${"1.".repeat(1_000_000)}(x)`), null);
  });
});

describe("a member that joins (the model)", () => {
  let template: ModelTemplate;
  let cluster: ModelCluster;
  before(() => {
    template = startMembers(3);
  });
  after(() => template.close());
  beforeEach(async () => {
    cluster = await template.copy();
  });
  afterEach(() => cluster.close());

  const obstacle = () => cluster.api.record()?.ring?.joinObstacle;

  /** By the clock: how many turns real files take depends on the machine. */
  async function waitUntil(isTrue: () => boolean): Promise<void> {
    const until = performance.now() + MOST_WAIT_MS;
    while (!isTrue() && performance.now() < until) await waitForTick();
  }

  async function waitForObstacle(name: string): Promise<void> {
    await waitUntil(() => obstacle()?.name === name);
    assert.equal(obstacle()?.name, name);
  }

  /** joins with this software, must wait for it, and must join once it has changed */
  async function mustWaitUntil(first: ModelSoftware, name: string, then: ModelSoftware): Promise<void> {
    cluster.ring.software = first;
    const joining = cluster.pod(3).run();
    await waitForObstacle(name);
    for (let turn = 0; turn < 200; turn += 1) await waitForTick();
    assert.deepEqual(cluster.ring.members, ["om-0", "om-1", "om-2"], "it has joined");
    cluster.ring.software = then;
    const { failure } = await joining;
    assert.equal(failure, null, JSON.stringify(failure));
    assert.deepEqual(cluster.ring.members, ["om-0", "om-1", "om-2", "om-3"]);
    assert.equal(obstacle(), undefined, "the record still has the obstacle");
    assert.deepEqual(cluster.ring.broken, []);
  }

  const good = { version: "2.2.0", own: "2.2.0", layout: FINAL, purges: 0 };

  it("waits until the upgrade is finalized", () =>
    mustWaitUntil({ ...good, layout: OPEN }, "upgrade-not-finalized", good));

  it("waits until the leader has its version", () =>
    mustWaitUntil({ ...good, version: "2.3.0" }, "versions-differ", good));

  it("does not name scaling back if it was readmitted below others, but who could lead", async () => {
    await cluster.pod(1).evict("om-0");
    await cluster.pod(1).rejoin("om-0");
    cluster.ring.software = { ...good, version: "2.3.0", versions: { "om-2": "2.2.1" } };
    const joining = cluster.pod(0).run();
    await waitForObstacle("versions-differ");
    cluster.ring.preferred = "om-2";
    cluster.ring.term += 1;
    assert.equal((await joining).failure, null);
    const [waits] = cluster.pod(0).logged.filter((line) => line.includes("waits for the same minor version"));
    assert.match(waits ?? "", /om-2 has 2\.2\.1: let it lead/);
    assert.doesNotMatch(waits ?? "", /scale back/);
  });

  it("waits for a version with HDDS-16057 while the log is purged", () =>
    mustWaitUntil({ ...good, purges: 1 }, "log-purged", { ...good, purges: 0 }));

  for (const failingRuns of [1, 2]) {
    it(`waits for the version after ${failingRuns} failed runs of ozone version, too`, async () => {
      const first = { ...good, version: "2.3.0", failingRuns };
      await mustWaitUntil(first, "versions-differ", good);
    });
  }

  it("joins uncompared, and says so once, where ozone version never prints one", async () => {
    cluster.ring.software = { ...good, version: "2.3.0", failingRuns: 1_000 };
    assert.equal((await cluster.pod(3).run()).failure, null);
    const said = cluster
      .pod(3)
      .logged.filter((line) => line.includes("version of Ozone is unknown, not compared"));
    assert.equal(said.length, 1);
    assert.equal(obstacle(), undefined);
  });

  it("reads its version again later while it waits for something else", async () => {
    cluster.ring.software = { ...good, version: "2.3.0", layout: OPEN, failingRuns: 3 };
    const joining = cluster.pod(3).run();
    await waitForObstacle("upgrade-not-finalized");
    await waitUntil(() => cluster.ring.versionRuns >= 4);
    assert.equal(cluster.ring.versionRuns, 4);
    cluster.ring.software.layout = FINAL;
    await waitForObstacle("versions-differ");
    cluster.ring.software = good;
    assert.equal((await joining).failure, null);
  });

  it("joins with a build of it, and says and records that it may fail", async () => {
    const build = { ...good, own: "2.2.0-cdh", version: "2.2.0-cdh", purges: 1 };
    cluster.ring.software = { ...build, lost: "layout" };
    const joining = cluster.pod(3).run();
    for (let turn = 0; turn < 400; turn += 1) await waitForTick();
    assert.deepEqual(cluster.ring.members, ["om-0", "om-1", "om-2"], "it has joined without the layout");
    cluster.ring.software = build;
    assert.equal((await joining).failure, null);
    const said = cluster.pod(3).logged.filter((line) => line.includes("may lack HDDS-16057, and may fail"));
    assert.equal(said.length, 1);
    assert.equal(obstacle()?.name, "log-purged-build");
  });

  it("says what it waits for when its time is over", async () => {
    cluster.ring.software = { ...good, layout: OPEN };
    const { failure } = await cluster.pod(3).run();
    assert.equal(failure?.name, "wait-timed-out");
    assert.match(JSON.stringify(failure), /the upgrade of Ozone to be finalized: om-0, the leader, reports/);
  });

  const holding: readonly [NonNullable<ModelSoftware["lost"]>, ModelSoftware, string][] = [
    ["layout", { ...good, layout: OPEN }, "upgrade-not-finalized"],
    ["version", { ...good, version: "2.3.0" }, "versions-differ"],
    ["purges", { ...good, purges: 1 }, "log-purged"],
  ];
  for (const [lost, software, name] of holding) {
    it(`waits while the leader's answer about ${name} is lost, and keeps what is recorded`, async () => {
      cluster.ring.software = software;
      const joining = cluster.pod(3).run();
      await waitForObstacle(name);
      const { members } = cluster.ring;
      cluster.ring.software = { ...software, lost };
      for (let turn = 0; turn < 400; turn += 1) await waitForTick();
      assert.deepEqual(cluster.ring.members, members, "it has joined");
      assert.equal(obstacle()?.name, name);
      cluster.ring.daemons.delete("om-1");
      await cluster.up(1);
      assert.equal(obstacle()?.name, name, "a member that starts has erased it");
      cluster.ring.software = good;
      assert.equal((await joining).failure, null);
      assert.equal(obstacle(), undefined);
    });

    // the version is of the bean by which a join is proven, so no member joins without it
    if (lost === "version") continue;
    it(`joins at last where the question about ${name} never gets an answer`, async () => {
      cluster.ring.software = { ...good, lost };
      const { failure } = await cluster.pod(3).run();
      assert.equal(failure, null, JSON.stringify(failure));
      assert.deepEqual(cluster.ring.members, ["om-0", "om-1", "om-2", "om-3"]);
    });
  }

  for (const software of [{}, { version: "2.2.0" }, { layout: FINAL }, { version: "2.2.0", purges: 0 }]) {
    it(`joins as before where a leader reports no more than ${JSON.stringify(software)}`, async () => {
      cluster.ring.software = software;
      const { failure } = await cluster.pod(3).run();
      assert.equal(failure, null, JSON.stringify(failure));
      assert.equal(obstacle(), undefined);
    });
  }

  it("is recorded with the time and the pod; a member that starts records it, too, and clears it", async () => {
    cluster.ring.software = { ...good, layout: OPEN };
    cluster.ring.daemons.delete("om-1");
    await cluster.up(1);
    const { pod, detail } = obstacle() ?? {};
    assert.deepEqual([pod, detail], ["om-1", "metadata layout 8, software layout 9"]);
    cluster.ring.software = good;
    cluster.ring.daemons.delete("om-1");
    await cluster.up(1);
    assert.equal(obstacle(), undefined);
  });

  it("waits if the leader's own log began above 0 at its last start, and joins if another's did", async () => {
    cluster.ring.software = good;
    const { volume } = cluster.pod(1);
    const current = join(volume.root, "om.ratis", RAFT_GROUP, "current");
    await rename(join(current, "log_inprogress_0"), join(current, "log_inprogress_7"));
    cluster.ring.daemons.delete("om-1");
    await cluster.up(1);
    assert.deepEqual(cluster.api.record()?.ring?.logStarts, { "om-1": 7 });
    cluster.ring.preferred = "om-1";
    const joining = cluster.pod(3).run();
    await waitForObstacle("log-purged");
    cluster.ring.preferred = "om-0";
    cluster.ring.term += 1;
    assert.equal((await joining).failure, null);
    cluster.ring.plain("om-3");
    assert.deepEqual(cluster.api.record()?.ring?.logStarts, { "om-1": 7 });
    // it has left, and its log with it
    await cluster.pod(0).evict("om-1");
    assert.deepEqual(cluster.api.record()?.ring?.members, ["om-0", "om-2", "om-3"]);
    cluster.ring.daemons.delete("om-2");
    await cluster.up(2);
    assert.equal(cluster.api.record()?.ring?.logStarts, undefined);
  });

  const startAnother = async (software: ModelSoftware): Promise<void> => {
    cluster.ring.software = software;
    cluster.ring.daemons.delete("om-1");
    await cluster.up(1);
  };

  it("keeps a reason about which the leader says nothing, while it answers about others", async () => {
    await startAnother({ ...good, layout: OPEN });
    await startAnother({ version: "2.3.0", purges: 0 });
    assert.equal(obstacle()?.name, "upgrade-not-finalized");
    await startAnother({ layout: FINAL });
    assert.equal(obstacle(), undefined);
    await startAnother({ ...good, purges: 1 });
    await startAnother({ version: "2.2.0", layout: FINAL });
    assert.equal(obstacle()?.name, "log-purged");
    await startAnother({ version: "2.3.0", layout: FINAL });
    assert.equal(obstacle(), undefined);
  });

  it("keeps different versions when a member restarts, until the leader has that of the one that waited", async () => {
    cluster.ring.software = { ...good, version: "2.1.1" };
    const running = cluster.pod(3).run(60);
    await waitForObstacle("versions-differ");
    await assert.rejects(running, PowerCut);
    await startAnother({ ...good, version: "2.1.1" });
    assert.equal(obstacle()?.detail, "om-0 has Ozone 2.1.1, om-3 has 2.2.0");
    await startAnother({ ...good, version: "2.1.1-cdh", purges: 1 });
    assert.equal(obstacle()?.name, "versions-differ");
    await startAnother({ layout: FINAL, purges: 0 });
    assert.equal(obstacle()?.name, "versions-differ");
    await startAnother({ ...good, version: "2.2.1" });
    assert.equal(obstacle(), undefined);
  });

  it("does not let a build that may fail hide another reason", async () => {
    await startAnother({ ...good, layout: OPEN });
    await startAnother({ version: "2.2.0-cdh", purges: 1 });
    assert.equal(obstacle()?.name, "upgrade-not-finalized");
    await startAnother({ version: "2.2.0-cdh", layout: FINAL, purges: 1 });
    assert.equal(obstacle()?.name, "log-purged-build");
    await startAnother({ ...good, layout: OPEN });
    assert.equal(obstacle()?.name, "upgrade-not-finalized");
  });

  it("keeps what is recorded where a leader does not answer", async () => {
    cluster.ring.software = { ...good, layout: OPEN };
    cluster.ring.daemons.delete("om-1");
    await cluster.up(1);
    cluster.ring.software = {};
    cluster.ring.daemons.delete("om-1");
    await cluster.up(1);
    assert.equal(obstacle()?.name, "upgrade-not-finalized");
  });
});

describe("what `om ring` says of the leader's software", () => {
  const format = (software: ReportedSoftware): string[] =>
    formatRingReport({
      schema: 1,
      serviceId: "omservice",
      ring: { leader: "om-0", term: 3, members: [{ id: "om-0", healthy: true }] },
      tolerance: 0,
      why: null,
      software,
    })
      .split("\n")
      .slice(2, -1);

  it("is its version, whether its upgrade is finalized, and whether it has purged its log", () => {
    const unanswered: ReportedSoftware["unanswered"] = [];
    assert.deepEqual(format({ version: "2.2.0", layout: FINAL, purges: 0, unanswered }), [
      "√ Ozone 2.2.0 on om-0, layout version 9: finalized",
    ]);
    assert.deepEqual(format({ version: null, layout: OPEN, purges: 2, unanswered }), [
      "‼ Ozone on om-0, metadata layout 8, software layout 9: not finalized, so no member can join. Finalize the SCM, then run: ozone admin om finalizeupgrade --service-id=omservice",
      "‼ om-0 has purged its Raft log since it was started",
    ]);
    assert.deepEqual(
      format({ version: null, layout: null, purges: null, unanswered: ["layout", "purges"] }),
      ["‼ om-0 did not answer about its layout versions and the purges of its log: retry"],
    );
    assert.deepEqual(format({ version: "2.2.0", layout: null, purges: null, unanswered }), []);
  });
});

describe("the record of what keeps members from joining", () => {
  const ring = { clusterID: "CID-1", seed: "om-0", members: ["om-0"] };
  const read = (more: object) =>
    readRecord(
      JSON.stringify({
        ...{ schema: 1, kind: "ozone-om", profile: "p", base: 0, seq: 1, fence: 1 },
        ring: { ...ring, ...more },
      }),
    );

  it("may be missing, and may have a name and fields of a later version", () => {
    for (const more of [
      {},
      { joinObstacle: { name: "of-later", detail: "", pod: "om-0", at: "2026-01-01T00:00:00Z", more: 1 } },
    ]) {
      const found = read(more);
      assert.ok("record" in found, JSON.stringify(found));
      assert.deepEqual(found.record.ring, { ...ring, ...more });
    }
  });
});
