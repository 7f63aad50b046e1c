// A drain loses no request (docs/research/kubernetes-admission.md#drain): requests are answered while clients learn
// that this pod ends, each answer announces the end of the connection, and then the port is closed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent } from "node:https";
import { connect } from "node:tls";
import { allowRequest } from "../../../webhook/admission/answer.ts";
import { buildPodReviewBody } from "../admission/reviews.ts";
import {
  HOST,
  issueCertificate,
  type ServingTest,
  sendTestRequest,
  serve,
  stopServers,
  waitFor,
} from "./serving.ts";

const CLIENTS = 8;
const GRACE_MS = 2_000;
/** When clients learn that this endpoint is gone, counted from the start of the drain. */
const PROPAGATION_MS = 1_000;

interface SentRequest {
  at: number;
  connection: string | undefined;
}

/** An API server that sends reviews one after the other over its pool, until it learns that the endpoint is gone. */
async function client(
  { post }: ServingTest,
  gone: () => boolean,
  failures: unknown[],
): Promise<SentRequest[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sent: SentRequest[] = [];
  while (!gone()) {
    const at = performance.now();
    try {
      const { status, headers } = await post("/", buildPodReviewBody(), agent);
      if (status !== 200) failures.push(status);
      sent.push({ at, connection: headers.connection });
    } catch (error) {
      failures.push(error);
    }
    await new Promise((done) => setTimeout(done, 5));
  }
  agent.destroy();
  return sent;
}

async function isRefused(port: number): Promise<boolean> {
  try {
    await sendTestRequest(port, { path: "/healthz" });
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  }
}

describe("a drain", () => {
  afterEach(stopServers);

  it("loses no request that arrives in the meantime", async () => {
    const serving = await serve({ routes: { "/": () => allowRequest() } });
    const failures: unknown[] = [];
    let gone = false;
    const clients = Array.from({ length: CLIENTS }, () => client(serving, () => gone, failures));
    await waitFor(() => serving.served.length > 10 * CLIENTS);

    const drainedAt = performance.now();
    const drained = serving.server.drain(GRACE_MS);
    setTimeout(() => {
      gone = true;
    }, PROPAGATION_MS);
    const sent = (await Promise.all(clients)).flat();
    await drained;

    assert.deepEqual(failures, []);
    const before = sent.filter(({ at }) => at < drainedAt);
    const during = sent.filter(({ at }) => at > drainedAt);
    assert.ok(before.some(({ connection }) => connection === "keep-alive"));
    assert.ok(during.length >= CLIENTS, `${during.length} requests during the drain`);
    assert.deepEqual([...new Set(during.map(({ connection }) => connection))], ["close"]);
    assert.ok(await isRefused(serving.server.port));
  });

  it("waits for a request from before it, and then closes that connection as well", async () => {
    let finish = (): void => undefined;
    const slow = new Promise<void>((done) => {
      finish = done;
    });
    let arrived = false;
    const serving = await serve({
      routes: {
        "/": async () => {
          arrived = true;
          await slow;
          return allowRequest();
        },
      },
    });
    const agent = new Agent({ keepAlive: true });
    const reply = serving.post("/", buildPodReviewBody(), agent);
    await waitFor(() => arrived);
    let isDrained = false;
    const drained = serving.server.drain(0).then(() => {
      isDrained = true;
    });
    await waitFor(() => isRefused(serving.server.port));
    assert.equal(isDrained, false);

    finish();
    const { status, headers } = await reply;
    assert.deepEqual([status, headers.connection], [200, "close"]);
    // the client still has its pool, for which the drain does not wait
    await drained;
    agent.destroy();
  });

  it("does not wait for unused connections", async () => {
    const { server } = await serve({});
    const { ca } = await issueCertificate();
    const unused = connect({ host: HOST, port: server.port, ca });
    await once(unused, "secureConnect");
    const closed = once(unused.resume(), "close");
    await server.drain(0);
    await closed;
  });

  it("is reported at /readyz", async () => {
    const serving = await serve({});
    assert.equal((await serving.ask({ path: "/readyz" })).status, 200);
    // longer than the test, whose end aborts it
    void serving.server.drain(10_000);
    const { status, text } = await serving.ask({ path: "/readyz" });
    assert.deepEqual([status, text], [503, "shutting down\n"]);
  });
});
