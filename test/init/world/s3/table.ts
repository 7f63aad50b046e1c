// Behaviour that the engine relies on, as one table for every S3 server: run against the stand-in (objects.test.ts) and
// a real server (objects.real.ts), over a failing network (docs/research/runner.md#s3-conditional-writes).
import assert from "node:assert/strict";
import type { S3Place } from "../../../../init/contract/s3.ts";
import type { GetResult, ObjectStore, PutResult } from "../../../../init/engine/ports.ts";
import { openObjects } from "../../../../init/world/openObjects.ts";
import type { CallLimits } from "../../../../init/world/s3/client.ts";
import { type FaultProxy, type ProxyFault, startFaultProxy } from "./faultProxy.ts";
import { KEY_ENV, PATIENT, placeAt, SHORT } from "./place.ts";

export interface S3Server {
  readonly url: string;
  readonly bucket: string;
  stop(): Promise<void>;
}

/** Tolerance for a busy machine above the timeout of a call. */
const SLACK_MS = 10_000;

export function describeObjects(name: string, start: (context: Mocha.Context) => Promise<S3Server>): void {
  describe(`objects in ${name}`, function () {
    this.timeout(60_000);
    let server: S3Server | null = null;
    let proxy: FaultProxy;
    let objects: ObjectStore;
    let key = "";
    let count = 0;
    const open = (
      changes: Partial<S3Place> = {},
      limits: CallLimits | undefined = SHORT,
    ): Promise<ObjectStore> =>
      openObjects(placeAt(proxy.url, { bucket: server?.bucket ?? "", ...changes }), KEY_ENV, limits);
    before(async function () {
      server = await start(this);
      proxy = await startFaultProxy(server.url);
      objects = await open();
    });
    after(async () => {
      await proxy?.stop();
      await server?.stop();
    });
    beforeEach(() => {
      key = `demo/web/web-${count++}.json`;
    });

    it("are absent before a write, and readable afterwards", async () => {
      assert.deepEqual(await objects.get(key), { is: "absent" });
      const text = '{"word":"Grüße ☸","n":1}';
      const put = await objects.put(key, text, "absent");
      assert.equal(put.is, "stored");
      assert.deepEqual(await objects.get(key), { is: "object", text, etag: getStoredEtag(put) });
    });

    it("are created only once", async () => {
      await stored(objects.put(key, "first", "absent"));
      assert.deepEqual(await objects.put(key, "second", "absent"), { is: "precondition" });
      assert.equal(getObjectText(await objects.get(key)), "first");
    });

    it("are overwritten only if the version matches", async () => {
      const first = await stored(objects.put(key, "first", "absent"));
      const second = await stored(objects.put(key, "second", { etag: first }));
      assert.notEqual(second, first);
      assert.deepEqual(await objects.put(key, "late", { etag: first }), { is: "precondition" });
      assert.equal(getObjectText(await objects.get(key)), "second");
    });

    it("that do not exist cannot be overwritten by version", async () => {
      assert.deepEqual(await objects.put(key, "late", { etag: '"d41d8cd98f00b204e9800998ecf8427e"' }), {
        is: "precondition",
      });
      assert.deepEqual(await objects.get(key), { is: "absent" });
    });

    it("are overwritten by an unconditional write", async () => {
      await stored(objects.put(key, "first", "any"));
      await stored(objects.put(key, "", "any"));
      assert.equal(getObjectText(await objects.get(key)), "");
    });

    it("have one winner among concurrent writers", async () => {
      // with the timeouts of pods: on a busy machine twenty concurrent calls take longer than one
      const patient = await open({}, PATIENT);
      const puts = await Promise.all(
        Array.from({ length: 20 }, (_, index) => patient.put(key, `writer ${index}`, "absent")),
      );
      const winners = puts.flatMap((put, index) => (put.is === "stored" ? [`writer ${index}`] : []));
      assert.equal(winners.length, 1, JSON.stringify(puts));
      assert.equal(getObjectText(await objects.get(key)), winners[0]);
      for (const put of puts) assert.ok(put.is !== "failed" || put.ends === "busy", JSON.stringify(put));
    });

    it("work with checksums if the server supports them", async () => {
      const checked = await open({ checksum: "when-supported" });
      await stored(checked.put(key, "checked", "absent"));
      assert.equal(getObjectText(await checked.get(key)), "checked");
    });

    it("of a missing bucket are a failure, not absent", async () => {
      const elsewhere = await open({ bucket: "no-such-bucket" });
      const got = await elsewhere.get(key);
      assert.ok(got.is === "failed" && !got.isTransient, JSON.stringify(got));
      assert.match(got.why, /^bucket no-such-bucket at http:.*404 NoSuchBucket.*check the bucket's name/);
      const put = await elsewhere.put(key, "x", "absent");
      assert.ok(put.is === "failed" && put.ends === "refused", JSON.stringify(put));
    });

    describe("over a network that fails", () => {
      const GETS: readonly [string, ProxyFault, GetResult["is"] | "passing" | "for good"][] = [
        ["a delay", { is: "delay", ms: 300 }, "object"],
        ["a lost answer", { is: "lost" }, "passing"],
        ["no answer", { is: "mute" }, "passing"],
        ["half an answer", { is: "torn" }, "passing"],
        ["an answer that stops in the middle", { is: "stuck" }, "passing"],
        ["a reset", { is: "reset" }, "passing"],
        ["a server that hangs", { is: "hang" }, "passing"],
        ["409", { is: "answer", status: 409, code: "OperationAborted" }, "passing"],
        ["429", { is: "answer", status: 429, code: "TooManyRequests" }, "passing"],
        ["500", { is: "answer", status: 500, code: "InternalError" }, "passing"],
        ["503", { is: "answer", status: 503, code: "SlowDown" }, "passing"],
        ["a proxy's 502", { is: "answer", status: 502, body: "<html>Bad Gateway</html>" }, "passing"],
        ["a proxy's 404", { is: "answer", status: 404, body: "<html>no backend</html>" }, "for good"],
        ["403", { is: "answer", status: 403, code: "AccessDenied" }, "for good"],
      ];
      for (const [what, fault, expected] of GETS) {
        it(`a read that meets ${what} is ${expected}`, async () => {
          await stored(objects.put(key, "x".repeat(2_000), "absent"));
          proxy.next(fault);
          const { value: got, tookMs } = await timed(objects.get(key));
          const seen = got.is === "failed" ? (got.isTransient ? "passing" : "for good") : got.is;
          assert.equal(seen, expected, JSON.stringify(got));
          assert.ok(tookMs < SHORT.call + SLACK_MS, `${tookMs} ms`);
          assert.equal(getObjectText(await objects.get(key)).length, 2_000, "and the next read is a new one");
        });
      }

      /** the result, and whether the object is stored afterwards */
      const PUTS: readonly [string, ProxyFault, string, boolean][] = [
        ["a delay", { is: "delay", ms: 300 }, "stored", true],
        ["a lost answer", { is: "lost" }, "unknown", true],
        ["no answer", { is: "mute" }, "unknown", true],
        ["a reset", { is: "reset" }, "unknown", false],
        ["a server that hangs", { is: "hang" }, "unknown", false],
        ["409", { is: "answer", status: 409, code: "ConditionalRequestConflict" }, "busy", false],
        ["429", { is: "answer", status: 429, code: "TooManyRequests" }, "busy", false],
        ["412", { is: "answer", status: 412, code: "PreconditionFailed" }, "precondition", false],
        ["304, as old servers have it", { is: "answer", status: 304 }, "precondition", false],
        ["500", { is: "answer", status: 500, code: "InternalError" }, "unknown", false],
        ["503", { is: "answer", status: 503, code: "SlowDown" }, "unknown", false],
        ["a proxy's 504", { is: "answer", status: 504, body: "<html>Timeout</html>" }, "unknown", false],
        ["501", { is: "answer", status: 501, code: "NotImplemented" }, "refused", false],
        ["403", { is: "answer", status: 403, code: "AccessDenied" }, "refused", false],
      ];
      for (const [what, fault, expected, there] of PUTS) {
        it(`a write that meets ${what} is ${expected}${there ? ", and is stored" : ""}`, async () => {
          const before = proxy.log.length;
          proxy.next(fault);
          const { value: put, tookMs } = await timed(objects.put(key, "mine", "absent"));
          assert.equal(describePutResult(put), expected, JSON.stringify(put));
          assert.ok(tookMs < SHORT.call + SLACK_MS, `${tookMs} ms`);
          assert.equal(proxy.log.length, before + 1, "one request, no try behind our back");
          const found = await objects.get(key);
          const again = await objects.put(key, "mine again", "absent");
          assert.deepEqual([found.is, again.is], there ? ["object", "precondition"] : ["absent", "stored"]);
        });
      }
    });
  });
}

async function timed<T>(work: Promise<T>): Promise<{ value: T; tookMs: number }> {
  const began = performance.now();
  const value = await work;
  return { value, tookMs: performance.now() - began };
}

const describePutResult = (put: PutResult): string => (put.is === "failed" ? put.ends : put.is);

async function stored(work: Promise<PutResult>): Promise<string> {
  return getStoredEtag(await work);
}

function getStoredEtag(put: PutResult): string {
  assert.ok(put.is === "stored", JSON.stringify(put));
  return put.etag;
}

function getObjectText(got: GetResult): string {
  assert.ok(got.is === "object", JSON.stringify(got));
  return got.text;
}
