// A limit on connections: above it, the connection that has waited longest for its caller is closed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Connections, limitConnections } from "../../../webhook/server/connections.ts";
import { HOST, issueCertificate, waitFor } from "./serving.ts";

const REQUEST = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

interface WaitingRequest {
  outgoing: ServerResponse;
  /** sends the answer, and reports that */
  answer(): void;
}

for (const isTls of [false, true]) {
  describe(`a limit on connections, ${isTls ? "with" : "without"} TLS`, () => {
    let server: ReturnType<typeof createPlain>;
    let connections: Connections;
    let opened: Socket[];
    let working: WaitingRequest[];
    const serve = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
      const { socket } = incoming;
      connections.beginAnswer(socket);
      outgoing.on("close", () => connections.endAnswer(socket));
      working.push({ outgoing, answer: () => outgoing.end("ok") });
    };

    async function start(most: number): Promise<void> {
      const { cert, key } = await issueCertificate();
      server = isTls ? createServer({ cert, key }, serve) : createPlain(serve);
      connections = limitConnections(server, most);
      await new Promise<void>((done) => server.listen(0, HOST, done));
    }
    beforeEach(() => {
      opened = [];
      working = [];
    });
    afterEach(() => {
      for (const socket of opened) socket.destroy();
      server.closeAllConnections();
      server.close();
    });

    async function open(): Promise<Socket> {
      const { port } = server.address() as AddressInfo;
      const { ca } = await issueCertificate();
      const socket = isTls ? connectTls({ host: HOST, port, ca }) : connect(port, HOST);
      socket.on("error", () => undefined);
      socket.resume();
      opened.push(socket);
      await new Promise<void>((done) => {
        socket.once(isTls ? "secureConnect" : "connect", () => done());
        socket.once("close", () => done());
      });
      return socket;
    }

    const closed = (socket: Socket): Promise<void> => waitFor(() => socket.closed);
    const stays = async (socket: Socket): Promise<boolean> => {
      await new Promise((done) => setTimeout(done, 100));
      return !socket.closed;
    };

    it("closes the one that has waited longest for its caller", async () => {
      await start(3);
      const [first, second, third] = [await open(), await open(), await open()];
      const fourth = await open();
      await closed(first);
      for (const socket of [second, third, fourth]) assert.ok(await stays(socket));
      await open();
      await closed(second);
    });

    it("closes none that waits for our answer", async () => {
      await start(2);
      const asking = await open();
      asking.write(REQUEST);
      await waitFor(() => working.length === 1);
      const idle = await open();
      const last = await open();
      await closed(idle);
      assert.ok(await stays(asking));
      assert.ok(await stays(last));
      const answer = once(asking, "data");
      working[0]?.answer();
      assert.match(String((await answer)[0]), /^HTTP\/1\.1 200 /);
    });

    it("closes one that has sent a request before only if there is no other", async () => {
      await start(2);
      const first = await open();
      const second = await open();
      first.write(REQUEST);
      await waitFor(() => working.length === 1);
      const answer = once(first, "data");
      working[0]?.answer();
      await answer;
      await waitFor(() => working[0]?.outgoing.closed === true);
      const third = await open();
      await closed(second);
      assert.ok(await stays(first));
      third.write(REQUEST);
      await waitFor(() => working.length === 2);
      await open();
      await closed(first);
      assert.ok(await stays(third));
    });

    it("rejects a new one while all others are being answered, and accepts it once there is room", async () => {
      await start(1);
      const asking = await open();
      asking.write(REQUEST);
      await waitFor(() => working.length === 1);
      await closed(await open());
      assert.ok(await stays(asking));
      asking.destroy();
      await waitFor(() => working[0]?.outgoing.closed === true);
      assert.ok(await stays(await open()));
    });
  });
}
