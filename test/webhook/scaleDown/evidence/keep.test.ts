// Writing the record: the ordinals of a StatefulSet that is stopped or deleted, and readmissions, beside other writers.
import assert from "node:assert/strict";
import { RECORD_ANNOTATION } from "../../../../init/contract/record.ts";
import { createKubeApi } from "../../../../webhook/cluster/createKubeApi.ts";
import { createEvidencePorts } from "../../../../webhook/scaleDown/evidence/createEvidencePorts.ts";
import { getTargetSet } from "../../../../webhook/scaleDown/rule.ts";
import { buildWebCase, loadProfile } from "./cases.ts";
import { ClusterStandIn } from "./clusterStandIn.ts";

const NAME = "rollcall-record-web";
const RECORD = { schema: 1, kind: "generic", profile: "before", base: 5, seq: 3, fence: 9 };

describe("writing the record", () => {
  let cluster: ClusterStandIn;
  beforeEach(async () => {
    cluster = await ClusterStandIn.start();
    live();
  });
  afterEach(() => cluster.close());

  const LIVE = "/apis/apps/v1/namespaces/demo/statefulsets/web";
  /** sets the StatefulSet as the API server has it */
  const live = (different: { uid?: string; replicas?: number; profile?: string } = {}): void => {
    const { uid = "s", replicas = 5, profile = "leaving" } = different;
    const labels = { app: "web", "rollcall.dev/profile": profile };
    cluster.objects.set(LIVE, {
      kind: "StatefulSet",
      metadata: { name: "web", namespace: "demo", uid },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "i" }] } },
      },
    });
  };
  const review = buildWebCase(loadProfile("leaving"), 5, 0);
  const ports = () => createEvidencePorts({ asks: createKubeApi(cluster.access()), now: () => new Date() });
  const record = (deadlineMs = 5_000) =>
    ports().record(getTargetSet(review), review, AbortSignal.timeout(deadlineMs));
  const keep = async (deadlineMs?: number): Promise<string | null> => (await record(deadlineMs))?.why ?? null;
  const readmit = async (...pods: string[]): Promise<string | null> =>
    (await ports().readmit(getTargetSet(review), pods, AbortSignal.timeout(5_000)))?.why ?? null;
  const written = (): unknown =>
    JSON.parse(cluster.leases.peek("demo", NAME)?.metadata.annotations?.[RECORD_ANNOTATION] ?? "null");
  const put = (record: unknown, rest: object = {}): void => {
    const annotations = { [RECORD_ANNOTATION]: JSON.stringify(record), "other.example/note": "stays" };
    const made = cluster.leases.create("demo", { metadata: { name: NAME, annotations }, ...rest });
    assert.equal(made.code, 201, JSON.stringify(made));
  };
  /** changes the Lease as another writer */
  const meddle = (change: (record: Record<string, unknown>) => unknown): void => {
    const lease = cluster.leases.peek("demo", NAME);
    assert.ok(lease);
    const annotations = {
      ...lease.metadata.annotations,
      [RECORD_ANNOTATION]: JSON.stringify(change(written() as Record<string, unknown>)),
    };
    cluster.leases.update("demo", NAME, { ...lease, metadata: { ...lease.metadata, annotations } });
  };

  it("readmits evicted members that a scale-up adds again, and no others", async () => {
    const at = "2026-11-24T18:00:00Z";
    const tombstones = { "web-2": { at, finished: false }, "web-3": { at, finished: false, podUid: "u" } };
    put({ ...RECORD, tombstones });
    live({ replicas: 3 });
    assert.equal(await readmit("web-3", "web-4"), null);
    const after = written() as typeof RECORD & { tombstones: unknown };
    assert.deepEqual(
      [after.tombstones, after.seq, after.fence],
      [{ ...tombstones, "web-3": { at, finished: true, podUid: "u" } }, 4, 9],
    );
    assert.equal(await readmit("web-3", "web-4"), null);
    assert.deepEqual(written(), after, "the second call must not write");
  });

  it("creates no record for a readmission, and says why one cannot be read", async () => {
    assert.equal(await readmit("web-3"), null);
    assert.equal(cluster.leases.peek("demo", NAME), null);
    put("no record");
    assert.match((await readmit("web-3")) ?? "", /Lease demo\/rollcall-record-web: /);
  });

  it("creates the Lease if there is none", async () => {
    assert.equal(await keep(), null);
    assert.deepEqual(written(), {
      schema: 1,
      kind: "generic",
      profile: "leaving",
      base: 1,
      seq: 1,
      fence: 0,
      drained: {},
      intents: {},
      tombstones: {},
      ordinals: { start: 0, replicas: 5 },
    });
    assert.equal("ownerReferences" in (cluster.leases.peek("demo", NAME)?.metadata ?? {}), false);
  });

  it("keeps all other fields of record and Lease, also unknown ones, and the fencing token", async () => {
    put(
      { ...RECORD, later: { a: [1] }, ordinals: { start: 0, replicas: 7, since: "x" } },
      { spec: { holderIdentity: "h", preferredHolder: "p" } },
    );
    assert.equal(await keep(), null);
    assert.deepEqual(written(), {
      ...RECORD,
      seq: 4,
      later: { a: [1] },
      drained: {},
      intents: {},
      tombstones: {},
      ordinals: { start: 0, replicas: 5, since: "x" },
    });
    const lease = cluster.leases.peek("demo", NAME);
    assert.equal(lease?.metadata.annotations?.["other.example/note"], "stays");
    assert.deepEqual(lease?.spec, { holderIdentity: "h", preferredHolder: "p" });
  });

  it("writes nothing if the record is current", async () => {
    put({ ...RECORD, ordinals: { start: 0, replicas: 5 } });
    assert.equal(await keep(), null);
    assert.deepEqual(
      cluster.requests.map((each) => each.split(" ")[0]),
      ["GET", "GET"],
    );
  });

  it("reads the record again after a conflict, and keeps the other change", async () => {
    put(RECORD);
    let left = 2;
    cluster.afterLeaseRead = () => {
      if (left-- > 0) meddle((record) => ({ ...record, seq: Number(record["seq"]) + 1, fence: 11 }));
    };
    assert.equal(await keep(), null);
    const { seq, fence, ordinals } = written() as Record<string, unknown>;
    assert.deepEqual({ seq, fence, ordinals }, { seq: 6, fence: 11, ordinals: { start: 0, replicas: 5 } });
  });

  it("uses a Lease that was created meanwhile", async () => {
    let left = 1;
    cluster.afterLeaseRead = () => {
      if (left-- > 0) put(RECORD);
    };
    assert.equal(await keep(), null);
    assert.equal((written() as Record<string, unknown>)["seq"], 4);
  });

  it("gives up after a conflict at every attempt, and says so", async () => {
    put(RECORD);
    cluster.afterLeaseRead = () => meddle((record) => ({ ...record, seq: Number(record["seq"]) + 1 }));
    assert.match(
      (await keep()) ?? "",
      /^Lease demo\/rollcall-record-web: conflicts with other writers at every attempt$/,
    );
    assert.equal((written() as Record<string, unknown>)["ordinals"], undefined);
  });

  for (const [what, stored, why, remedy] of [
    ["is malformed", { ...RECORD, fence: "high" }, /not trusted: fence/, /^Correct the record by hand/],
    [
      "is of a later version",
      { ...RECORD, schema: 2 },
      /later version of Rollcall/,
      /^Install that version of Rollcall again; do not change or delete the record\.$/,
    ],
    [
      "is of another kind",
      { ...RECORD, kind: "otobo" },
      /of kind otobo, and profile leaving of kind generic/,
      /^Select a profile of that kind again/,
    ],
  ] as const) {
    it(`never overwrites a record that ${what}, and says what to do instead of a retry`, async () => {
      put(stored);
      const unwritten = await record();
      assert.match(unwritten?.why ?? "", why);
      assert.match(unwritten?.remedy ?? "", remedy);
      assert.deepEqual(written(), stored);
    });
  }

  it("writes the ordinals of the live StatefulSet, not those of the review", async () => {
    live({ replicas: 3 });
    assert.equal(await keep(), null);
    assert.deepEqual((written() as { ordinals: unknown }).ordinals, { start: 0, replicas: 3 });
  });

  for (const [what, prepare, why] of [
    ["does not exist", () => cluster.objects.delete(LIVE), /StatefulSet demo\/web does not exist$/],
    ["was recreated", () => live({ uid: "another" }), /was recreated meanwhile/],
    ["selects another profile", () => live({ profile: "in-s3" }), /selects profile in-s3 now, not leaving$/],
    ["cannot be read", () => cluster.objects.set(LIVE, { spec: 1 }), /cannot be read/],
  ] as const) {
    it(`writes nothing about a StatefulSet that ${what}`, async () => {
      prepare();
      assert.match((await keep()) ?? "", why);
      assert.equal(cluster.leases.peek("demo", NAME), null);
    });
  }

  it("creates no record of a StatefulSet without pods", async () => {
    live({ replicas: 0 });
    assert.equal(await keep(), null);
    assert.equal(cluster.leases.peek("demo", NAME), null);
  });

  it("readmits no member whose ordinal the live StatefulSet has, or whose StatefulSet was recreated", async () => {
    const record = { ...RECORD, tombstones: { "web-3": { at: "2026-11-24T18:00:00Z", finished: false } } };
    put(record);
    assert.equal(await readmit("web-3"), null);
    assert.deepEqual(written(), record);
    live({ uid: "another", replicas: 3 });
    assert.match((await readmit("web-3")) ?? "", /was recreated meanwhile/);
    assert.deepEqual(written(), record);
  });

  it("gives up at the deadline", async () => {
    cluster.instead = () => "hang";
    const began = performance.now();
    assert.match((await keep(200)) ?? "", /rollcall-record-web: not written in time/);
    assert.ok(performance.now() - began < 1_500);
  });

  it("reports the error of the API server", async () => {
    cluster.instead = (method) => (method === "POST" ? { status: 403, text: '{"message":"no"}' } : null);
    assert.match((await keep()) ?? "", /answered 403: no/);
  });
});
