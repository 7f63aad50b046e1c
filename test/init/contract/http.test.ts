// One request over HTTP, against a real server on loopback with all kinds of answers, and without one.
import assert from "node:assert/strict";
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import {
  formatUrlHost,
  type HttpRequest,
  NoAnswerInTime,
  readAnswerText,
  sendRequest,
} from "../../../init/contract/http.ts";

describe("a request over HTTP", () => {
  let server: Server;
  let origin = "";
  let handle: (request: IncomingMessage, response: ServerResponse) => void;
  const sockets = new Set<Socket>();
  before(async () => {
    server = createServer((request, response) => handle(request, response));
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });

  const ask = (more: Partial<HttpRequest> = {}, most = 1024): Promise<string> =>
    sendRequest({ server: origin, path: "/", ...more }, (answer) => readAnswerText(answer, most));
  /** Waits until no connection is open. */
  const closed = async (): Promise<void> => {
    for (let tries = 0; sockets.size > 0 && tries < 100; tries += 1)
      await new Promise((done) => setTimeout(done, 10));
    assert.equal(sockets.size, 0, "a connection is still open");
  };

  it("sends method, path, headers and body unchanged", async () => {
    handle = (request, response) => {
      const { method, url, headers } = request;
      request.setEncoding("utf8").on("data", (body: string) => {
        const type = headers["content-type"];
        response.end([method, url, headers["x-word"], type, headers["content-length"], body].join(" "));
      });
    };
    const said = await ask({
      method: "PUT",
      path: "/a/../b?c=d",
      headers: { "x-word": "w" },
      body: { text: "grün", contentType: "text/plain" },
    });
    assert.equal(said, "PUT /a/../b?c=d w text/plain 5 grün");
    await closed();
  });

  it("rejects a path with a line break", async () => {
    await assert.rejects(ask({ path: "/a\r\nhost: other" }), { code: "ERR_UNESCAPED_CHARACTERS" });
  });

  it("rejects a response that is too large, and closes its connection", async () => {
    handle = (_, response) => response.writeHead(200).write("x".repeat(2048));
    await assert.rejects(ask(), /^Error: the answer is larger than 1 KiB$/);
    await closed();
  });

  it("accepts a response of exactly the maximum size", async () => {
    handle = (_, response) => response.end("x".repeat(1024));
    assert.equal((await ask()).length, 1024);
  });

  it("times out without a response, and during an endless one", async () => {
    const silent = (): void => undefined;
    const endless = (_: IncomingMessage, response: ServerResponse): void => {
      const timer = setInterval(() => response.write("x"), 20);
      response.once("close", () => clearInterval(timer));
    };
    for (const way of [silent, endless]) {
      handle = way;
      await assert.rejects(
        ask({ limitMs: 200 }),
        (error) => error instanceof NoAnswerInTime && /no complete answer within 0.2 s/.test(error.message),
      );
      await closed();
    }
  });

  it("rejects with the signal's reason before sending, while waiting and while reading", async () => {
    const reason = new Error("not needed any more");
    let calls = 0;
    handle = () => {
      calls += 1;
    };
    await assert.rejects(ask({ signal: AbortSignal.abort(reason) }), reason);
    assert.equal(calls, 0);
    for (const begins of [false, true]) {
      const stop = new AbortController();
      handle = (_, response) => {
        if (begins) response.writeHead(200).write("x");
        setTimeout(() => stop.abort(reason), 20);
      };
      await assert.rejects(ask({ signal: stop.signal }), reason);
      await closed();
    }
  });

  it("rejects a truncated response", async () => {
    handle = (request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("x");
      setTimeout(() => request.socket.destroy(), 20);
    };
    await assert.rejects(ask(), { code: "ECONNRESET" });
  });

  it("keeps its connection only with a keep-alive agent", async () => {
    const agent = new Agent({ keepAlive: true });
    const ports = new Set<number | undefined>();
    handle = (request, response) => {
      ports.add(request.socket.remotePort);
      response.end("x");
    };
    try {
      for (let call = 0; call < 3; call += 1) await ask({ agent });
      assert.equal(ports.size, 1);
    } finally {
      agent.destroy();
    }
    for (let call = 0; call < 2; call += 1) await ask();
    assert.equal(ports.size, 3);
  });

  it("puts an IPv6 host in brackets once", () => {
    assert.deepEqual(["fd00::1", "[fd00::1]", "10.0.0.1", "a.b"].map(formatUrlHost), [
      "[fd00::1]",
      "[fd00::1]",
      "10.0.0.1",
      "a.b",
    ]);
  });
});
