// Calls to the API server, which is a real HTTPS server here: rotating tokens, all kinds of answers, and none.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { AskApi } from "../../../init/engine/ports.ts";
import { openApi } from "../../../init/world/api.ts";
import { type Certificate, issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";

const TOKEN = "sentinel.token.one";
const MIB = 1024 * 1024;

type Handle = (request: IncomingMessage, response: ServerResponse, body: string) => void;

describe("a call to the API server", () => {
  let certificate: Certificate;
  let folder = "";
  let port = 0;
  let handle: Handle;
  let server: ReturnType<typeof createServer>;
  const sockets = new Set<Duplex>();
  before(async () => {
    certificate = await issueSelfSigned(["127.0.0.1", "::1", "kubernetes.default.svc"], new Date());
    server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => handle(request, response, body));
    });
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    await new Promise<void>((done) => server.listen(0, done));
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-api-"));
    await writeFile(join(folder, "token"), `${TOKEN}\n`);
    await writeFile(join(folder, "ca.crt"), certificate.ca);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const ask = (request: Partial<Parameters<AskApi>[0]> = {}, place = {}) =>
    openApi({ host: "127.0.0.1", port, folder, ...place })({ method: "GET", path: "/api", ...request });
  const answer = (status: number, text: string, headers = {}): void => {
    handle = (_request, response) => response.writeHead(status, headers).end(text);
  };
  /** Why there was no answer. */
  const none = async (...given: Parameters<typeof ask>): Promise<string> => {
    const told = await ask(...given);
    assert.ok("none" in told, JSON.stringify(told));
    assert.ok(!told.none.includes("sentinel"), told.none);
    return told.none;
  };

  it("sends method, path, JSON and token, and returns JSON", async () => {
    handle = (request, response, body) =>
      response.writeHead(201, { "content-type": "application/json" }).end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          token: request.headers.authorization,
          type: request.headers["content-type"],
          length: request.headers["content-length"],
          body,
        }),
      );
    const path = "/apis/coordination.k8s.io/v1/namespaces/web/leases?fieldManager=rollcall";
    assert.deepEqual(await ask({ method: "POST", path, body: { word: "Grüße" } }), {
      status: 201,
      body: {
        method: "POST",
        url: path,
        token: `Bearer ${TOKEN}`,
        type: "application/json",
        length: "18",
        body: '{"word":"Grüße"}',
      },
    });
    const got = await ask();
    assert.ok("body" in got);
    assert.deepEqual(got.body, { method: "GET", url: "/api", token: `Bearer ${TOKEN}`, body: "" });
  });

  it("reads the token for each request, because the kubelet renews it", async () => {
    const api = openApi({ host: "127.0.0.1", port, folder });
    handle = (request, response) => response.end(JSON.stringify(request.headers.authorization));
    assert.deepEqual(await api({ method: "GET", path: "/" }), { status: 200, body: `Bearer ${TOKEN}` });
    await writeFile(join(folder, "token"), "two");
    assert.deepEqual(await api({ method: "GET", path: "/" }), { status: 200, body: "Bearer two" });
  });

  for (const status of [401, 403, 404, 409, 422, 500])
    it(`returns a response with status ${status} unchanged`, async () => {
      answer(status, JSON.stringify({ kind: "Status", code: status }));
      assert.deepEqual(await ask(), { status, body: { kind: "Status", code: status } });
    });

  it("does not follow redirects", async () => {
    answer(302, "elsewhere", { location: "https://127.0.0.1:1/" });
    assert.deepEqual(await ask(), { status: 302, body: "elsewhere" });
  });

  it("returns a response that is not JSON as text", async () => {
    answer(503, "<html>no backend</html>");
    assert.deepEqual(await ask(), { status: 503, body: "<html>no backend</html>" });
    answer(200, "");
    assert.deepEqual(await ask(), { status: 200, body: "" });
  });

  it("accepts at most 4 MiB", async () => {
    answer(200, JSON.stringify("x".repeat(4 * MIB - 2)));
    const whole = await ask();
    assert.ok("body" in whole && String(whole.body).length === 4 * MIB - 2);
    answer(200, JSON.stringify("x".repeat(4 * MIB - 1)));
    assert.match(await none(), /the answer is larger than 4 MiB/);
  });

  it("times out without a response, and during one", async () => {
    for (const begin of [() => undefined, (response: ServerResponse) => response.write("{")]) {
      handle = (_request, response) => void begin(response);
      const began = performance.now();
      assert.match(
        await none({}, { limitMs: 300 }),
        /^the API server at 127\.0\.0\.1:\d+: no complete answer within 0\.3 s$/,
      );
      const took = performance.now() - began;
      assert.ok(took >= 295 && took < 1_500, `${took} ms`);
    }
  });

  it("reports a connection that is closed before or during a response", async () => {
    handle = (request) => request.socket.destroy();
    assert.match(await none(), /the connection was closed/);
    handle = (request, response) => {
      response.writeHead(200, { "content-length": 100 }).write("{", () => request.socket.destroy());
    };
    assert.match(await none(), /the connection was closed/);
  });

  it("reports a refused connection", async () => {
    assert.match(
      await none({}, { port: 1 }),
      /^the API server at 127\.0\.0\.1:1: connection refused \(ECONNREFUSED\)$/,
    );
  });

  it("rejects a server with a certificate of another CA", async () => {
    let asked = false;
    handle = (_request, response) => {
      asked = true;
      response.end();
    };
    await writeFile(join(folder, "ca.crt"), (await issueSelfSigned(["x"], new Date())).ca);
    assert.match(await none(), /signed by a CA that is not trusted here .*; the trusted CA is .*\/ca\.crt/);
    assert.match(await none({}, { host: "localhost" }), /not trusted|another name/);
    assert.equal(asked, false);
  });

  it("names a missing file and the probable cause", async () => {
    await rm(join(folder, "token"));
    assert.equal(
      await none(),
      `${folder}/token does not exist: automountServiceAccountToken is off, and Rollcall's own token is not mounted`,
    );
    await writeFile(join(folder, "token"), "\n");
    assert.equal(await none(), `${folder}/token is empty`);
    await writeFile(join(folder, "token"), TOKEN);
    await rm(join(folder, "ca.crt"));
    assert.match(await none(), /\/ca\.crt does not exist/);
  });

  it("rejects an invalid token and an invalid path", async () => {
    await writeFile(join(folder, "token"), "sentinel\nsentinel");
    assert.match(await none(), /contain a character that is not allowed in an HTTP header/);
    await writeFile(join(folder, "token"), TOKEN);
    assert.match(await none({ path: "/a b" }), /unescaped/);
  });

  it("reaches an IPv6 address, with brackets or without", async function () {
    handle = (request, response) => response.end(JSON.stringify(request.headers.host));
    for (const host of ["::1", "[::1]"]) {
      const told = await ask({}, { host });
      if ("none" in told && /EADDRNOTAVAIL|EAFNOSUPPORT|no way/.test(told.none)) return this.skip();
      assert.deepEqual(told, { status: 200, body: `[::1]:${port}` });
    }
    assert.match(await none({}, { host: "::1", port: 1 }), /^the API server at \[::1\]:1: /);
  });
});
