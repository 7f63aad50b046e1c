// Any client of the webhook's port may open connections and send slowly: their cost is bounded, and reviews are
// answered in the meantime.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { buildPodObject, buildPodReview } from "./reviews.ts";
import { WebhookProcess } from "./webhook.ts";

const MIB = 1024 * 1024;
const HONEST = buildPodReview(buildPodObject("demo"));

describe("a hostile connection", function () {
  this.timeout(60_000);
  let webhook: WebhookProcess;
  const opened: Socket[] = [];
  beforeEach(async () => {
    webhook = await WebhookProcess.start();
  });
  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.destroy();
    await webhook.stop();
  });

  function open(tls: boolean): Socket {
    const { port, ca } = webhook;
    const servername = "rollcall.rollcall-system.svc";
    const socket = tls ? connectTls({ host: "127.0.0.1", port, ca, servername }) : connect(port, "127.0.0.1");
    // a reset is a result that some tests expect
    socket.on("error", () => undefined);
    opened.push(socket);
    return socket;
  }

  const head = (length: number): string =>
    `POST /mutate?timeout=30s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

  it("leaves memory for honest reviews when 60 connections send 3 MiB of 7", async () => {
    const part = Buffer.alloc(3 * MIB, " ");
    const before = await webhook.held();
    const all = Array.from({ length: 60 }, () => open(true));
    await Promise.all(all.map((socket) => once(socket, "secureConnect")));
    for (const socket of all) {
      socket.resume();
      socket.write(head(7 * MIB));
      socket.write(part);
    }
    let most = 0;
    for (let look = 0; look < 15; look += 1) {
      const { status } = await webhook.post("/mutate", HONEST, 20_000);
      assert.equal(status, 200);
      most = Math.max(most, (await webhook.held()) - before);
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.ok(most < 100 * MIB, `${Math.round(most / MIB)} MiB`);
  });

  it("is closed in time without a TLS handshake, a header or a complete body", async () => {
    const began = performance.now();
    const closed = async (socket: Socket): Promise<number> => {
      socket.resume();
      await once(socket, "close");
      return performance.now() - began;
    };
    const silent = closed(open(false));
    const [headless, slow] = [open(true), open(true)];
    const ends = [closed(headless), closed(slow)];
    await once(slow, "secureConnect");
    slow.write(`${head(100)}{`);
    const [noHandshake = 0, noHead = 0, noBody = 0] = await Promise.all([silent, ...ends]);
    assert.ok(noHandshake < 13_000, `without a handshake: ${Math.round(noHandshake)} ms`);
    assert.ok(noHead < 13_000, `without a head: ${Math.round(noHead)} ms`);
    assert.ok(noBody < 18_500, `without its body: ${Math.round(noBody)} ms`);
  });

  it("does not block other clients when 900 are idle, and at most 550 are kept", async () => {
    for (let batch = 0; batch < 9; batch += 1) {
      const some = Array.from({ length: 100 }, () => open(false));
      await Promise.all(some.map((socket) => once(socket, "connect")));
      const { status } = await webhook.post("/mutate", HONEST, 20_000);
      assert.equal(status, 200);
    }
    // lets the server close its end of the connections
    await new Promise((done) => setTimeout(done, 200));
    const left = opened.filter((socket) => !socket.closed && !socket.readableEnded);
    for (const socket of opened) socket.resume();
    await new Promise((done) => setTimeout(done, 300));
    const alive = left.filter((socket) => !socket.closed && !socket.readableEnded).length;
    assert.ok(alive <= 550, `${alive} are open`);
  });

  it("does not close a connection with reviews when 900 send no request", async () => {
    const kept = open(true);
    await once(kept, "secureConnect");
    const ask = async (): Promise<string> => {
      const answered = once(kept, "data");
      kept.write(head(Buffer.byteLength(HONEST)) + HONEST);
      return String((await Promise.race([answered, once(kept, "close")]))[0]);
    };
    assert.match(await ask(), /^HTTP\/1\.1 200 /);
    for (let batch = 0; batch < 9; batch += 1) {
      const some = Array.from({ length: 100 }, () => open(false));
      await Promise.all(some.map((socket) => once(socket, "connect")));
    }
    await new Promise((done) => setTimeout(done, 200));
    assert.ok(!kept.closed && !kept.readableEnded, "the webhook has closed it");
    assert.match(await ask(), /^HTTP\/1\.1 200 /);
  });

  it("does not take the memory of a large review when 20 send slowly", async () => {
    const large = HONEST + " ".repeat(6 * MIB);
    for (let index = 0; index < 20; index += 1) {
      const socket = open(true);
      await once(socket, "secureConnect");
      socket.resume();
      socket.write(head(7 * MIB));
      socket.write(Buffer.alloc(3 * MIB, " "));
    }
    for (let time = 0; time < 3; time += 1) {
      const { status } = await webhook.post("/mutate", large, 20_000);
      assert.equal(status, 200);
    }
  });

  it("gets 413 and no reset if it sends too large a body before it reads", async () => {
    const body = Buffer.alloc(12 * MIB, " ");
    for (let time = 0; time < 5; time += 1) {
      const socket = open(true);
      await once(socket, "secureConnect");
      const sent = new Promise<void>((done) => {
        socket.write(head(body.length));
        socket.write(body, () => done());
      });
      await Promise.race([sent, once(socket, "close")]);
      await new Promise((done) => setTimeout(done, 50));
      const [answer] = await Promise.race([once(socket, "data"), once(socket, "close")]);
      assert.match(String(answer), /^HTTP\/1\.1 413 /);
      socket.destroy();
    }
  });
});
