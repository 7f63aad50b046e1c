// Lists of objects that tenants store: whatever their size and the number of concurrent reviews, little is kept in
// memory. An API server that hangs costs few connections, and does not block the certificate's watch.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { buildSetObject, setReview } from "./reviews.ts";
import { WebhookProcess } from "./webhook.ts";

const MIB = 1024 * 1024;
const PADDING = "x".repeat(60 * 1024);

describe("a list of what tenants store", function () {
  this.timeout(90_000);
  let webhook: WebhookProcess;
  beforeEach(async () => {
    webhook = await WebhookProcess.start();
  });
  afterEach(() => webhook.stop());

  const ordinary = (index: number): unknown => ({
    metadata: { name: `other-${index}`, namespace: "depot", annotations: { padding: PADDING } },
    spec: { containers: [{ name: "app" }], template: { metadata: {}, spec: {} }, padding: PADDING },
  });

  async function sendList(response: ServerResponse, count: number, next: string): Promise<void> {
    const closed = once(response, "close");
    response.setHeader("content-type", "application/json");
    const metadata = next === "" ? {} : { continue: next };
    response.write(`{"metadata":${JSON.stringify(metadata)},"items":[${JSON.stringify(ordinary(0))}`);
    // a closed connection does not drain any more
    for (let index = 1; index < count && !response.destroyed; index += 1) {
      const more = response.write(`,${JSON.stringify(ordinary(index))}`);
      if (!more) await Promise.race([once(response, "drain"), closed]);
    }
    response.end("]}");
  }

  const create = (profile: string): string =>
    setReview(buildSetObject(profile, { containers: [{ name: "app", image: "a:1" }] }), { dryRun: false });

  it("of 240 MB is read for a pool without being kept in memory, and once for eight reviews", async () => {
    webhook.api.instead = (request, response) => {
      const url = request.url ?? "";
      if (!url.startsWith("/apis/apps/v1/statefulsets")) return false;
      void sendList(response, 500, url.includes("continue=") ? "" : "2");
      return true;
    };
    webhook.api.asked.length = 0;
    const { answers, most } = await webhook.mostHeldWhile(() =>
      Array.from({ length: 8 }, () => webhook.post("/validate?timeout=30s", create("pooled"), 60_000)),
    );
    for (const { text } of answers) assert.match(text, /"allowed":true/);
    const lists = webhook.api.asked.filter((line) => line.includes("/statefulsets?"));
    assert.ok(lists.length <= 6, `${lists.length} pages were asked for`);
    assert.ok(most < 120 * MIB, `${Math.round(most / MIB)} MiB`);
  });

  it("of 500 pods of 120 KB is not kept in memory by four concurrent reviews", async () => {
    webhook.api.instead = (request, response) => {
      if (!request.url?.startsWith("/api/v1/namespaces/shop/pods")) return false;
      void sendList(response, 500, "");
      return true;
    };
    const { answers, most } = await webhook.mostHeldWhile(() =>
      Array.from({ length: 4 }, () => webhook.post("/validate?timeout=30s", create("plain"), 60_000)),
    );
    for (const { text } of answers) assert.match(text, /"allowed":true/);
    assert.ok(most < 120 * MIB, `${Math.round(most / MIB)} MiB`);
  });

  it("that never arrives does not cost a connection for each of 100 reviews, and none stays open", async () => {
    webhook.api.instead = ({ url = "" }) => url.startsWith("/api/v1/pods") || url.includes("/statefulsets");
    const { connections } = webhook.api;
    const asked = Array.from({ length: 100 }, () =>
      webhook.post("/validate?timeout=2s", create("pooled"), 30_000),
    );
    let most = 0;
    const looking = setInterval(() => {
      most = Math.max(most, webhook.api.connections - connections);
    }, 50);
    for (const { text } of await Promise.all(asked)) assert.match(text, /RC123 .*no answer in time|Retry/);
    clearInterval(looking);
    assert.ok(most <= 20, `${most} connections at once`);
    await new Promise((done) => setTimeout(done, 500));
    const left = webhook.api.connections - connections;
    assert.ok(left <= 2, `${left} connections are left`);
  });

  it("does not stop the certificate's watch if the certificate cannot be read", async () => {
    const secrets = (): number => webhook.api.asked.filter((line) => line.includes("/secrets/")).length;
    let hung = 0;
    webhook.api.instead = ({ url = "" }) => {
      if (!url.includes("/secrets/") || hung > 0) return false;
      hung += 1;
      return true;
    };
    const before = secrets();
    // a check every 15 s, a timeout of 10 s, and the next check
    const until = performance.now() + 50_000;
    while (secrets() < before + 2 && performance.now() < until) {
      await new Promise((done) => setTimeout(done, 250));
    }
    assert.ok(secrets() >= before + 2, "the Secret was not asked for again");
  });
});
