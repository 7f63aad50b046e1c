// A user who may write the Lease of a StatefulSet may write an invalid record: the webhook rejects it at its first
// error, at a cost that is linear in its size.
import assert from "node:assert/strict";
import { buildSetObject, setReview } from "./reviews.ts";
import { WebhookProcess } from "./webhook.ts";

const MIB = 1024 * 1024;
const SIZE = 256 * 1024;
/** Of 5 MiB for the twenty texts. */
const KEPT = 3 * MIB;

const HONEST = { schema: 1, kind: "generic", profile: "drained", base: 0, seq: 1, fence: 1 };

const repeat = (text: string): string => text.repeat(Math.floor(SIZE / text.length));

/** Contents of the annotation, about 256 KiB each: the maximum that the API server stores in annotations. */
const RECORDS: Readonly<Record<string, string>> = {
  "wrong elements": `[${repeat("0,")}0]`,
  "members that are none": JSON.stringify({
    ...HONEST,
    ring: { clusterID: null, seed: null, members: "M" },
  }).replace('"M"', `[${repeat("0,")}0]`),
  "invalid tombstones": JSON.stringify({
    ...HONEST,
    tombstones: Object.fromEntries(Array.from({ length: SIZE / 12 }, (_, id) => [`p${id}`, 0])),
  }),
  "brackets without end": repeat("["),
  "one long string": JSON.stringify(repeat("x")),
};

describe("a record", function () {
  this.timeout(60_000);
  let webhook: WebhookProcess;
  let record = "";
  before(async () => {
    webhook = await WebhookProcess.start();
    webhook.api.instead = (request, response) => {
      if (!request.url?.startsWith("/apis/coordination.k8s.io/v1/namespaces/shop/leases/rollcall-record-web"))
        return false;
      const metadata = {
        name: "rollcall-record-web",
        namespace: "shop",
        uid: "l-1",
        resourceVersion: "7",
        annotations: { "rollcall.dev/record": record },
      };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ metadata, spec: {} }));
      return true;
    };
  });
  after(() => webhook.stop());

  const scaleDown = (): string =>
    setReview(buildSetObject("drained", MOUNTED, { replicas: 2 }), {
      operation: "UPDATE",
      oldObject: buildSetObject("drained", MOUNTED),
    });

  for (const [what, text] of Object.entries(RECORDS)) {
    it(`of 256 KiB of ${what} is rejected in one sentence by twenty concurrent reviews, without being kept in memory`, async () => {
      record = text;
      const ask = () =>
        Array.from({ length: 20 }, () => webhook.post("/validate?timeout=8s", scaleDown(), 20_000));
      // compiled code and connections stay in memory after the first round
      await Promise.all(ask());
      const before = await webhook.held();
      const { cpuMs } = await webhook.stall();
      const { answers, most } = await webhook.mostHeldWhile(ask);
      let rest = most;
      // a connection to the API server keeps its last answer in memory until it is idle
      for (const until = performance.now() + 10_000; rest >= KEPT && performance.now() < until; ) {
        await new Promise((done) => setTimeout(done, 200));
        rest = (await webhook.held()) - before;
      }
      for (const { status, text: answer } of answers) {
        assert.equal(status, 200);
        assert.match(answer, /"allowed":false/);
        assert.match(answer, /record/);
        assert.ok(answer.length < 8 * 1024, `${answer.length} bytes`);
      }
      const worked = ((await webhook.stall()).cpuMs - cpuMs) / 20;
      assert.ok(worked < 100, `${Math.round(worked)} ms of CPU a review`);
      assert.ok(most < 40 * MIB, `${Math.round(most / MIB)} MiB at once`);
      assert.ok(rest < KEPT, `${Math.round(rest / MIB)} MiB are kept`);
    });
  }
});

const MOUNTED = {
  containers: [{ name: "app", image: "app:1", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
};
