// Gathers evidence from a stand-in of the API server over real HTTPS: what is known, and why something is unknown.
import assert from "node:assert/strict";
import { RECORD_ANNOTATION } from "../../../../init/contract/record.ts";
import { createKubeApi } from "../../../../webhook/cluster/createKubeApi.ts";
import { createEvidencePorts } from "../../../../webhook/scaleDown/evidence/createEvidencePorts.ts";
import { EVIDENCE_KINDS, type Evidence, type EvidenceKind } from "../../../../webhook/scaleDown/evidence.ts";
import type { ScaleDownReview } from "../../../../webhook/scaleDown/rule.ts";
import { startMember } from "../../../init/contract/ring/standIn.mjs";
import { buildLivePod, buildWebCase, formatAddress, loadProfile } from "./cases.ts";
import { ClusterStandIn } from "./clusterStandIn.ts";

const NOW = new Date("2026-06-01T12:00:00Z");
const RECORD = { schema: 1, kind: "generic", profile: "leaving", base: 1, seq: 3, fence: 2 };

describe("gathering evidence", function () {
  this.timeout(10_000);
  let cluster: ClusterStandIn;
  beforeEach(async () => {
    cluster = await ClusterStandIn.start();
  });
  afterEach(() => cluster.close());

  const managed = buildWebCase(loadProfile("leaving"), 5, 3);
  const gather = (
    review: ScaleDownReview = managed,
    kinds: readonly EvidenceKind[] = EVIDENCE_KINDS,
    { deadlineMs = 5_000, token = undefined as string | undefined } = {},
  ): Promise<Evidence> =>
    createEvidencePorts({ asks: createKubeApi(cluster.access(token)), now: () => NOW, memberMs: 400 }).gather(
      review,
      new Set(kinds),
      AbortSignal.timeout(deadlineMs),
    );
  const why = (known: Evidence[EvidenceKind]): string =>
    "unknown" in known ? known.unknown : JSON.stringify(known);
  const lease = (name: string, rest: object): void => {
    const made = cluster.leases.create("demo", { metadata: { name }, ...rest });
    assert.equal(made.code, 201, JSON.stringify(made));
  };
  const record = (text: string): void =>
    lease("rollcall-record-web", {
      metadata: { name: "rollcall-record-web", annotations: { [RECORD_ANNOTATION]: text } },
    });

  it("reads only the kinds that were requested", async () => {
    const found = await gather(managed, []);
    assert.deepEqual(new Set(Object.values(found).map(why)), new Set(["it was not requested"]));
    assert.deepEqual(cluster.requests, []);
  });

  it("reports that record, lock, Service and pods do not exist", async () => {
    cluster.objects.set("/api/v1/namespaces/demo", { kind: "Namespace", metadata: { name: "demo" } });
    const found = await gather();
    assert.partialDeepStrictEqual(found, {
      record: { known: null },
      lock: { known: null },
      pods: { known: [] },
      rights: { known: { lacking: null } },
      service: { known: null },
      namespace: { known: { terminating: false } },
    });
    assert.match(why(found.ring), /do not form a ring/);
  });

  it("reads the record, including fields of a later version", async () => {
    record(
      JSON.stringify({
        ...RECORD,
        later: [1],
        drained: { "web-4": { podUid: "u", at: "2026-01-01T00:00:00Z" } },
      }),
    );
    const { record: found } = await gather(managed, ["record"]);
    assert.ok("known" in found && found.known !== null);
    assert.equal(found.known.drained["web-4"]?.podUid, "u");
    assert.deepEqual(found.known["later"], [1]);
  });

  for (const [text, reason, remedy] of [
    ["{", /not JSON/, /by hand/],
    ["[]", /not trusted/, /by hand/],
    // it is whole: an edit by hand would destroy it
    [
      JSON.stringify({ ...RECORD, schema: 2 }),
      /later version of Rollcall/,
      /^Install that version of Rollcall again; do not change or delete the record\.$/,
    ],
    [JSON.stringify({ ...RECORD, seq: -1 }), /seq/, /by hand/],
  ] as const) {
    it(`rejects a record such as ${text.slice(0, 20)}, and says what to do`, async () => {
      record(text);
      const { record: found } = await gather(managed, ["record"]);
      assert.match(why(found), reason);
      assert.match(("unknown" in found ? found.remedy : undefined) ?? "", remedy);
    });
  }

  it("does not take a Lease without a record for a missing one", async () => {
    lease("rollcall-record-web", {});
    assert.match(why((await gather(managed, ["record"])).record), /no annotation rollcall.dev\/record/);
  });

  for (const [what, spec, holder] of [
    [
      "that was renewed recently",
      { holderIdentity: "p/r", leaseDurationSeconds: 30, renewTime: "2026-06-01T11:59:45.000000Z" },
      "p/r",
    ],
    [
      "that has expired",
      { holderIdentity: "p/r", leaseDurationSeconds: 30, renewTime: "2026-06-01T11:59:29.000000Z" },
      null,
    ],
    [
      "in its last moment",
      { holderIdentity: "p/r", leaseDurationSeconds: 30, renewTime: "2026-06-01T11:59:30.000000Z" },
      "p/r",
    ],
    [
      "with a clock ahead of ours",
      { holderIdentity: "p/r", leaseDurationSeconds: 30, renewTime: "2026-06-01T13:00:00.000000Z" },
      "p/r",
    ],
    ["without renewTime", { holderIdentity: "p/r", leaseDurationSeconds: 30 }, "p/r"],
    [
      "without leaseDurationSeconds, renewed recently",
      { holderIdentity: "p/r", renewTime: "2026-06-01T11:59:45.000000Z" },
      "p/r",
    ],
    [
      "that was released",
      { holderIdentity: null, leaseDurationSeconds: 30, renewTime: "2026-06-01T11:59:45.000000Z" },
      null,
    ],
  ] as const) {
    it(`takes a lock ${what} for ${holder === null ? "free" : "held"}`, async () => {
      lease("rollcall-lock-web", { spec });
      assert.deepEqual((await gather(managed, ["lock"])).lock, { known: holder });
    });
  }

  it("does not know a lock that is kept in S3", async () => {
    const inS3 = buildWebCase(loadProfile("in-s3"), 5, 3);
    assert.match(why((await gather(inS3, ["lock"])).lock), /is kept in S3/);
  });

  it("lists the StatefulSet's pods and orphans of its name, and no others", async () => {
    const owner = (kind: string, name: string) => ({
      apiVersion: "apps/v1",
      kind,
      name,
      uid: "x",
      controller: true,
    });
    cluster.pods = [
      buildLivePod(10),
      buildLivePod(2),
      buildLivePod(0, { owner: null }),
      buildLivePod(1, { owner: owner("StatefulSet", "web") }),
      buildLivePod(3, { owner: owner("ReplicaSet", "web") }),
      buildLivePod(4, { owner: owner("StatefulSet", "web-4") }),
      buildLivePod(5, { labels: { app: "another" } }),
      { ...buildLivePod(6), metadata: { ...buildLivePod(6).metadata, name: "web-06" } },
      { ...buildLivePod(7), metadata: { ...buildLivePod(7).metadata, name: "webs-7" } },
    ];
    const { pods } = await gather(managed, ["pods"]);
    assert.ok("known" in pods, why(pods));
    assert.deepEqual(
      pods.known.map(({ name, ordinal }) => [name, ordinal]),
      [
        ["web-0", 0],
        ["web-1", 1],
        ["web-2", 2],
        ["web-10", 10],
      ],
    );
  });

  it("reads all pods of the namespace at a creation, since an earlier StatefulSet may have had another selector", async () => {
    cluster.pods = [buildLivePod(5, { labels: { app: "another" }, owner: null })];
    const { pods } = await gather(buildWebCase(loadProfile("leaving"), null, 3), ["pods"]);
    assert.deepEqual("known" in pods && pods.known.map(({ name }) => name), ["web-5"]);
  });

  for (const [what, given, running] of [
    ["runs", {}, true],
    ["is being deleted", { deleted: true }, false],
    ["is pending", { phase: "Pending" }, false],
    ["has ended", { phase: "Failed" }, false],
    ["has a container that waits", { running: ["app"] }, false],
    ["has not started", { running: [], ip: null }, false],
  ] as const) {
    it(`counts a pod that ${what} as ${running ? "running" : "not running"}`, async () => {
      cluster.pods = [buildLivePod(0, given)];
      const { pods } = await gather(managed, ["pods"]);
      assert.equal("known" in pods && pods.known[0]?.running, running);
    });
  }

  it("recognises a pod that leaves by itself by its preStop and its own plan", async () => {
    const forged = JSON.parse(JSON.stringify(buildLivePod(2)).replaceAll("web-2", "web-9")) as ReturnType<
      typeof buildLivePod
    >;
    forged.metadata.name = "web-2";
    const bare = buildLivePod(1);
    for (const container of bare.spec.containers) delete container["lifecycle"];
    const drained = JSON.parse(
      JSON.stringify(buildLivePod(3)).replaceAll('\\"managed\\"', '\\"drained\\"'),
    ) as typeof forged;
    cluster.pods = [buildLivePod(0), bare, forged, drained];
    const { pods } = await gather(managed, ["pods"]);
    assert.deepEqual("known" in pods && pods.known.map(({ leaves }) => leaves), [true, false, false, false]);
  });

  it("knows no pods if one of them cannot be read, since it would not be protected", async () => {
    cluster.pods = [buildLivePod(0), { ...buildLivePod(1), spec: null as never }];
    assert.match(why((await gather(managed, ["pods"])).pods), /pod web-1 cannot be read: spec/);
  });

  it("checks the permissions of the pods' account, and names the first that is missing", async () => {
    cluster.pods = [buildLivePod(0, { account: "web" }), buildLivePod(1, { account: "web" })];
    assert.deepEqual((await gather(managed, ["rights"])).rights, { known: { lacking: null } });
    assert.equal(cluster.reviews.length, 5);
    assert.deepEqual(cluster.reviews[0]?.spec, {
      user: "system:serviceaccount:demo:web",
      groups: ["system:serviceaccounts", "system:serviceaccounts:demo", "system:authenticated"],
      resourceAttributes: {
        namespace: "demo",
        verb: "get",
        group: "apps",
        resource: "statefulsets",
        name: "web",
      },
    });
    cluster.forbidden.add("update leases").add("get namespaces");
    assert.deepEqual((await gather(managed, ["rights"])).rights, { known: { lacking: "get namespaces" } });
  });

  it("names the account if the pods have several", async () => {
    cluster.pods = [buildLivePod(0, { account: "old" }), buildLivePod(1)];
    cluster.forbidden.add("get statefulsets");
    assert.deepEqual((await gather(managed, ["rights"])).rights, {
      known: { lacking: "get statefulsets (old)" },
    });
  });

  it("reads whether the Service publishes addresses that are not ready", async () => {
    const service = (spec: object): void =>
      void cluster.objects.set("/api/v1/namespaces/demo/services/web-svc", {
        kind: "Service",
        metadata: {},
        spec,
      });
    service({ publishNotReadyAddresses: true });
    assert.deepEqual((await gather(managed, ["service"])).service, { known: { publishesNotReady: true } });
    service({});
    assert.deepEqual((await gather(managed, ["service"])).service, { known: { publishesNotReady: false } });
    const without = buildWebCase(loadProfile("leaving"), 5, 3, null);
    assert.deepEqual((await gather(without, ["service"])).service, { known: null });
  });

  it("reads whether the namespace is terminating, and does not know it if there is none", async () => {
    const path = "/api/v1/namespaces/demo";
    assert.match(why((await gather(managed, ["namespace"])).namespace), /namespace does not exist/);
    cluster.objects.set(path, { kind: "Namespace", metadata: {}, status: { phase: "Terminating" } });
    assert.deepEqual((await gather(managed, ["namespace"])).namespace, { known: { terminating: true } });
    cluster.objects.set(path, { kind: "Namespace", metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });
    assert.deepEqual((await gather(managed, ["namespace"])).namespace, { known: { terminating: true } });
  });

  it("queries the ring from the existing pods, by their IP addresses", async () => {
    const state = { serviceId: "omservice", leader: "web-0", term: 7, members: ["web-0", "web-1"] };
    const first = await startMember({ id: "web-0", state: () => state, host: formatAddress(0) });
    const second = await startMember({
      id: "web-1",
      state: () => state,
      host: formatAddress(1),
      port: first.port,
    });
    try {
      cluster.pods = [buildLivePod(0), buildLivePod(1)].map((pod) => ({
        ...pod,
        metadata: { ...pod.metadata, labels: { app: "web", "rollcall.dev/profile": "ring" } },
      }));
      const { ring } = await gather(buildWebCase(loadProfile("ring", first.port), 3, 2), ["ring"]);
      assert.deepEqual(ring, {
        known: {
          leader: "web-0",
          term: 7,
          members: [
            { id: "web-0", healthy: true },
            { id: "web-1", healthy: true },
          ],
        },
      });
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  });

  const ring = buildWebCase(loadProfile("ring"), 3, 2);
  for (const [what, instead, reason] of [
    ["refuses", { status: 403, text: '{"message":"pods is forbidden"}' }, /403: pods is forbidden/],
    ["fails", { status: 500, text: "<html>" }, /500: no message/],
    ["answers in HTML", { status: 200, text: "<html>sign in" }, /is not an? /],
    ["answers with an empty object", { status: 200, text: "{}" }, /is not a /],
    ["answers with a list", { status: 200, text: "[]" }, /is not a /],
    ["redirects", { status: 302, text: "" }, /302/],
  ] as const) {
    it(`knows nothing if the API server ${what}`, async () => {
      cluster.instead = () => instead;
      const found = await gather(ring);
      for (const kind of EVIDENCE_KINDS) {
        if (kind === "rights" && "unknown" in found.pods)
          assert.match(why(found.rights), /cannot list the pods/);
        else assert.match(why(found[kind]), reason, kind);
      }
    });
  }

  it("answers within the deadline if the API server does not", async () => {
    cluster.instead = () => "hang";
    const began = performance.now();
    const found = await gather(ring, EVIDENCE_KINDS, { deadlineMs: 300 });
    assert.ok(performance.now() - began < 1_500);
    for (const kind of EVIDENCE_KINDS) assert.match(why(found[kind]), /in time/, kind);
  });

  it("knows nothing without a valid token, and does not repeat the token", async () => {
    const found = await gather(ring, EVIDENCE_KINDS, { token: "another" });
    for (const kind of EVIDENCE_KINDS) assert.match(why(found[kind]), /401/, kind);
    assert.doesNotMatch(JSON.stringify(found), /another/);
  });

  it("caches nothing between requests", async () => {
    await gather(managed, ["lock"]);
    lease("rollcall-lock-web", { spec: { holderIdentity: "p/r" } });
    assert.deepEqual((await gather(managed, ["lock"])).lock, { known: "p/r" });
  });

  it("lists the PodDisruptionBudgets of a namespace, and rejects if it cannot", async () => {
    const { budgets } = createEvidencePorts({ asks: createKubeApi(cluster.access()), now: () => NOW });
    const deadline = AbortSignal.timeout(5_000);
    const matchLabels = { app: "om" };
    const items = [
      { metadata: { name: "om" }, spec: { maxUnavailable: 1, selector: { matchLabels } } },
      {
        metadata: { name: "more" },
        spec: { selector: { matchExpressions: [{ key: "app", operator: "Exists" }] } },
      },
    ];
    const path = "/apis/policy/v1/namespaces/demo/poddisruptionbudgets";
    cluster.objects.set(path, { items });
    assert.deepEqual(await budgets?.("demo", deadline), [
      { name: "om", matchLabels },
      { name: "more", matchLabels: null },
    ]);
    assert.match(cluster.requests.at(-1) ?? "", new RegExp(`^GET ${path}\\?limit=500$`));
    cluster.instead = () => ({ status: 403, text: '{"kind":"Status","message":"not you"}' });
    await assert.rejects(async () => budgets?.("demo", deadline), /403|not you/);
  });

  it("finds the permission that one service account lacks, and rejects if it cannot", async () => {
    const { rights } = createEvidencePorts({ asks: createKubeApi(cluster.access()), now: () => NOW });
    const account = { namespace: "demo", set: "web", account: "own" };
    assert.deepEqual(await rights?.(account, AbortSignal.timeout(5_000)), { lacking: null });
    assert.ok(cluster.reviews.length > 0);
    assert.ok(
      cluster.reviews.every((review) => JSON.stringify(review).includes("system:serviceaccount:demo:own")),
    );
    cluster.instead = () => ({ status: 403, text: '{"kind":"Status","message":"not you"}' });
    await assert.rejects(async () => rights?.(account, AbortSignal.timeout(5_000)), /403|not you/);
  });

  it("reads the StatefulSet of a Scale unchanged", async () => {
    const ports = createEvidencePorts({ asks: createKubeApi(cluster.access()), now: () => NOW });
    const set = {
      metadata: { name: "web", creationTimestamp: "2026-01-01T00:00:00Z" },
      spec: { unheardOf: 1 },
    };
    const deadline = AbortSignal.timeout(5_000);
    assert.deepEqual(await ports.liveSet("demo", "web", deadline), { known: null });
    cluster.objects.set("/apis/apps/v1/namespaces/demo/statefulsets/web", set);
    assert.deepEqual(await ports.liveSet("demo", "web", deadline), { known: set });
    cluster.instead = () => ({ status: 503, text: "" });
    assert.match(JSON.stringify(await ports.liveSet("demo", "web", deadline)), /unknown.*503/);
  });
});
