// Bodies of requests: the limit, which admits every legal request, and clients that disconnect
// (docs/research/kubernetes-admission.md#reviews).
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { allowRequest } from "../../../webhook/admission/answer.ts";
import { LARGEST_BODY } from "../../../webhook/admission/load.ts";
import { HOST, issueCertificate, type ServingTest, serve, stopServers, waitFor } from "../server/serving.ts";
import { buildPodReviewBody, parseResponse } from "./reviews.ts";

const JSON_TYPE = { "content-type": "application/json" };
const MIB = 1024 * 1024;

/** A review of a given size, which object and oldObject share. */
function reviewOfSize(bytes: number): Buffer {
  const half = "x".repeat(Math.floor(bytes / 2) - 1024);
  const text = JSON.stringify(buildPodReviewBody({ object: { half }, oldObject: { half } }));
  return Buffer.from(text.padEnd(bytes));
}

function inPieces(body: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += 64 * 1024) pieces.push(body.subarray(at, at + 64 * 1024));
  return pieces;
}

describe("the body of a review", () => {
  let serving: ServingTest;
  before(async () => {
    serving = await serve({ routes: { "/": () => allowRequest() } });
  });
  after(stopServers);
  const send = (body: Buffer | Buffer[]) =>
    serving.ask({ path: "/", method: "POST", headers: JSON_TYPE, body });

  it("is accepted if it is the largest legal request", async () => {
    const body = reviewOfSize(Math.floor(6.9 * MIB));
    for (const sent of [body, inPieces(body)]) {
      const reply = await send(sent);
      assert.equal(reply.status, 200);
      assert.equal(parseResponse(reply).allowed, true);
    }
  });

  it("is accepted at exactly the limit", async () => {
    assert.equal((await send(reviewOfSize(LARGEST_BODY))).status, 200);
  });

  it("gets 413 above the limit by its content-length", async () => {
    const reply = await send(reviewOfSize(LARGEST_BODY + 1));
    assert.equal(reply.status, 413);
    assert.match(reply.text, /more than 7340032 bytes/);
    assert.equal(reply.headers.connection, "close");
  });

  it("gets 413 above the limit when it arrives in chunks", async () => {
    const reply = await send(inPieces(reviewOfSize(LARGEST_BODY + 1)));
    assert.equal(reply.status, 413);
    assert.equal(reply.headers.connection, "close");
  });

  it("is rejected at once if its content-length is above the limit", async () => {
    const socket = await connected();
    socket.write(formatHead(LARGEST_BODY + 1));
    const [reply] = await once(socket, "data");
    socket.destroy();
    assert.match(String(reply), /^HTTP\/1\.1 413 /);
  });

  it("is rejected if the client disconnects, without an effect on other requests", async () => {
    const before = serving.served.length;
    const socket = await connected();
    socket.write(`${formatHead(5_000)}{`);
    await new Promise((done) => setTimeout(done, 50));
    socket.destroy();
    await waitFor(() => serving.served.length > before);
    assert.equal(serving.served.at(-1)?.wrong, "the body is incomplete");
    assert.equal((await send(Buffer.from(JSON.stringify(buildPodReviewBody())))).status, 200);
  });

  const formatHead = (length: number): string =>
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

  async function connected(): Promise<TLSSocket> {
    const socket = connect({ host: HOST, port: serving.server.port, ca: (await issueCertificate()).ca });
    await once(socket, "secureConnect");
    return socket;
  }
});
