// Authentication of callers with ROLLCALL_CLIENT_CA: the API server by its client certificate, over real TLS.
import assert from "node:assert/strict";
import { Agent } from "node:https";
import { allowRequest } from "../../../webhook/admission/answer.ts";
import { buildMemberPod, buildPodReviewBody } from "../admission/reviews.ts";
import { makeClientCa } from "./clientCertificates.ts";
import { HOST, issueCertificate, type ServingTest, serve, stopServers } from "./serving.ts";

const ours = makeClientCa();
const others = makeClientCa();
const APISERVER = "kube-apiserver";

describe("callers with a client certificate", () => {
  let serving: ServingTest;
  let asked = 0;
  before(async () => {
    const handler = () => {
      asked += 1;
      return allowRequest();
    };
    serving = await serve({
      routes: { "/mutate": handler, "/validate": handler },
      callers: { ca: ours.ca, names: [APISERVER, "second"] },
      metrics: { contentType: "text/plain", text: () => Promise.resolve("up 1\n") },
    });
  });
  after(stopServers);
  beforeEach(() => {
    asked = 0;
  });

  const post = (path: string, client?: { cert: string; key: string }, agent?: Agent) =>
    serving.ask({
      path,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(buildPodReviewBody({ object: buildMemberPod("demo") })),
      ...(client === undefined ? {} : { client }),
      ...(agent === undefined ? {} : { agent }),
    });

  for (const name of [APISERVER, "second"]) {
    it(`are answered with a certificate for ${name} that our CA has signed`, async () => {
      for (const path of ["/mutate", "/validate"])
        assert.equal((await post(path, ours.sign(name))).status, 200);
      assert.equal(asked, 2);
    });
  }

  const REFUSED: Readonly<Record<string, [{ cert: string; key: string } | undefined, RegExp]>> = {
    "have none": [
      undefined,
      /with a client certificate for kube-apiserver or second .*this caller has no valid one/,
    ],
    "have one of another CA": [others.sign(APISERVER), /no valid one: /],
    "have one for another name": [
      ours.sign("kubernetes-admin"),
      /this caller's certificate is for another name/,
    ],
    "have one for two names": [
      ours.sign("mallory", APISERVER),
      /this caller's certificate is for another name/,
    ],
    "have one for no name": [ours.sign(""), /this caller's certificate is for another name/],
    "have one for servers": [makeClientCa("serverAuth").sign(APISERVER), /no valid one/],
  };
  for (const [what, [client, why]] of Object.entries(REFUSED)) {
    it(`are rejected before any decision if they ${what}`, async () => {
      for (const path of ["/mutate", "/validate?timeout=5s"]) {
        const { status, text, headers } = await post(path, client);
        assert.deepEqual([status, headers.connection], [403, "close"]);
        assert.match(text, why);
      }
      assert.equal(asked, 0);
      assert.equal(serving.served.at(-1)?.status, 403, "it is told of");
    });
  }

  it("may send probes and read metrics without a certificate", async () => {
    for (const path of ["/healthz", "/readyz", "/metrics"]) {
      assert.equal((await serving.ask({ path })).status, 200);
      assert.equal((await serving.ask({ path, client: others.sign("x") })).status, 200);
    }
  });

  it("are checked by a new CA from the next handshake on, also if a session could be resumed", async () => {
    const next = makeClientCa();
    const { ca } = await issueCertificate();
    const before = ours.sign(APISERVER);
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10, ca, host: HOST, ...before });
    try {
      assert.equal((await post("/mutate", before, agent)).status, 200);
      serving.server.setClientCa("no certificate");
      assert.equal((await post("/mutate", before, agent)).status, 403);
      serving.server.setClientCa(next.ca);
      assert.equal((await post("/mutate", before, agent)).status, 403);
      assert.equal((await post("/mutate", next.sign(APISERVER))).status, 200);
      // a new serving certificate does not revert this
      serving.server.setCertificate(await issueCertificate());
      assert.equal((await post("/mutate", before)).status, 403);
    } finally {
      agent.destroy();
      serving.server.setClientCa(ours.ca);
    }
  });
});

describe("callers without a configured CA", () => {
  after(stopServers);
  it("need no certificate", async () => {
    const serving = await serve({ routes: { "/mutate": () => allowRequest() } });
    assert.equal(
      (await serving.post("/mutate", buildPodReviewBody({ object: buildMemberPod("demo") }))).status,
      200,
    );
    serving.server.setClientCa(ours.ca);
    assert.equal(
      (await serving.post("/mutate", buildPodReviewBody({ object: buildMemberPod("demo") }))).status,
      200,
    );
  });
});
