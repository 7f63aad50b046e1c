// A response before the whole request has arrived: it arrives even if the client reads only after it has sent everything.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { respondEarly } from "../../../webhook/admission/respondEarly.ts";

const MIB = 1024 * 1024;
const WORDS = "no\n";

/** Replaces once(), which rejects at an error. */
const closed = async (stream: Socket | IncomingMessage): Promise<void> => {
  if (!stream.closed) await new Promise<void>((done) => stream.once("close", done));
};

describe("an early response", function () {
  this.timeout(20_000);
  let server: Server;
  let socket: Socket;
  let answered: Promise<[IncomingMessage, ServerResponse]>;
  beforeEach(async () => {
    answered = new Promise((resolve) => {
      server = createServer((incoming, outgoing) => {
        outgoing.writeHead(413, { connection: "close", "content-length": WORDS.length });
        respondEarly(incoming, outgoing, WORDS);
        resolve([incoming, outgoing]);
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
  });
  afterEach(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });

  const head = (length: number): string => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;

  async function readAll(): Promise<string> {
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await closed(socket);
    return text;
  }

  it("arrives before the rest of the request", async () => {
    socket.write(head(10));
    const [chunk] = await once(socket, "data");
    assert.match(String(chunk), /^HTTP\/1\.1 413 /);
    assert.ok(String(chunk).endsWith(`\r\n\r\n${WORDS}`));
  });

  it("reaches a client that sends everything before it reads, and then ends the connection", async () => {
    const length = 20 * MIB;
    socket.write(head(length));
    await new Promise<void>((done) => socket.write(Buffer.alloc(length, " "), () => done()));
    const began = performance.now();
    const text = await readAll();
    assert.match(text, /^HTTP\/1\.1 413 /);
    assert.ok(text.endsWith(WORDS));
    assert.ok(performance.now() - began < 4_000, "the connection waits for more than there is");
  });

  it("ends after some seconds if the rest does not arrive", async () => {
    socket.write(head(100));
    const began = performance.now();
    await readAll();
    const waited = performance.now() - began;
    assert.ok(waited > 4_000 && waited < 9_000, `${Math.round(waited)} ms`);
  });

  it("discards at most 64 MiB of the rest", async () => {
    socket.write(head(1024 * MIB));
    const text = readAll();
    let sent = 0;
    const more = (): void => {
      while (!socket.destroyed && sent < 300 * MIB) {
        sent += MIB;
        if (!socket.write(Buffer.alloc(MIB))) return;
      }
    };
    socket.on("drain", more);
    more();
    await text;
    const [incoming] = await answered;
    // including the buffers of both sockets
    assert.ok(incoming.socket.bytesRead < 80 * MIB, `${incoming.socket.bytesRead} bytes`);
  });

  it("releases its buffers when the client disconnects", async () => {
    socket.write(`${head(10)}1`);
    const [incoming, outgoing] = await answered;
    socket.destroy();
    await closed(incoming);
    assert.equal(outgoing.writableEnded, true);
  });
});
