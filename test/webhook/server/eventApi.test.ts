// Requests for Events, with a real HTTPS server as the API server, which may not answer.
import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { describeFailure } from "../../../webhook/cluster/api.ts";
import { createEventApi, type EventApi, type StoredEvent } from "../../../webhook/cluster/events.ts";
import { HOST, issueCertificate } from "./serving.ts";

const STORED: StoredEvent = {
  name: "web.123",
  count: 3,
  first: new Date("2026-06-01T12:00:00Z"),
  last: new Date("2026-06-01T12:05:00Z"),
  event: {
    type: "Warning",
    reason: "ChangeDenied",
    code: "RC012",
    message: "no",
    about: { apiVersion: "apps/v1", kind: "StatefulSet", namespace: "shop", name: "web", uid: "u-1" },
  },
};
const CHANGING = { message: "no", count: 3, lastTimestamp: "2026-06-01T12:05:00.000Z" };

interface EventRequest {
  line: string;
  type: string | undefined;
  body: Record<string, unknown>;
}

describe("the Events API", () => {
  let server: Server;
  let api: EventApi;
  let asked: EventRequest[];
  let respond: (response: ServerResponse) => void;
  before(async () => {
    const { cert, key, ca } = await issueCertificate();
    server = createServer({ cert, key }, (request, response) => void take(request, response));
    await new Promise<void>((done) => server.listen(0, HOST, done));
    const { port } = server.address() as AddressInfo;
    const readCredentials = () => Promise.resolve({ ca, token: "t" });
    api = createEventApi({ server: `https://${HOST}:${port}`, readCredentials }, "rollcall-1");
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
    respond = (response) => response.end("{}");
  });

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks = await request.toArray();
    const body: Record<string, unknown> = JSON.parse(Buffer.concat(chunks).toString());
    asked.push({
      line: `${request.method} ${request.url?.split("?")[0]}`,
      type: request.headers["content-type"],
      body,
    });
    response.setHeader("content-type", "application/json");
    respond(response);
  }
  function refuse(status: number, message: string): void {
    respond = (response) => response.writeHead(status).end(JSON.stringify({ kind: "Status", message }));
  }

  it("creates an Event of core v1 for its object", async () => {
    await api.create(STORED);
    assert.deepEqual(
      asked.map(({ line }) => line),
      ["POST /api/v1/namespaces/shop/events"],
    );
    assert.deepEqual(asked[0]?.body, {
      metadata: { name: "web.123", namespace: "shop" },
      involvedObject: STORED.event.about,
      type: "Warning",
      reason: "ChangeDenied",
      source: { component: "rollcall" },
      reportingComponent: "rollcall",
      reportingInstance: "rollcall-1",
      firstTimestamp: "2026-06-01T12:00:00.000Z",
      ...CHANGING,
    });
  });

  it("updates only message, count and time", async () => {
    assert.equal(await api.update(STORED), true);
    const [{ line, type, body } = assert.fail()] = asked;
    assert.equal(line, "PATCH /api/v1/namespaces/shop/events/web.123");
    assert.equal(type, "application/merge-patch+json");
    assert.deepEqual(body, CHANGING);
  });

  it("reports an Event that is gone", async () => {
    refuse(404, "gone");
    assert.equal(await api.update(STORED), false);
  });

  it("rejects with the API server's message", async () => {
    refuse(403, "events is forbidden:\n no");
    for (const call of [api.create(STORED), api.update(STORED)]) {
      await assert.rejects(call, (error) => describeFailure(error) === "403 events is forbidden: no");
    }
  });

  it("rejects if there is no answer", async () => {
    respond = () => undefined;
    const began = performance.now();
    await assert.rejects(api.create(STORED), /timeout/);
    assert.ok(performance.now() - began > 4_000);
  });
});
