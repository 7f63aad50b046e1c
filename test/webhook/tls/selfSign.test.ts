// Our own certificate, verified by a real TLS client.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type ConnectionOptions, connect } from "node:tls";
import { type Certificate, issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import { HOST, issueCertificate, SERVICE, type ServingTest, serve, stopServers } from "../server/serving.ts";

/** Null if the handshake succeeds, otherwise the error code. */
async function refusal(port: number, options: ConnectionOptions): Promise<string | null> {
  const socket = connect({ host: HOST, port, ...options });
  try {
    await once(socket, "secureConnect");
    return null;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  } finally {
    socket.destroy();
  }
}

describe("a self-signed certificate", () => {
  let serving: ServingTest;
  let own: Certificate;
  let other: Certificate;
  before(async () => {
    own = await issueCertificate();
    other = await issueSelfSigned([SERVICE], new Date());
    serving = await serve({});
  });
  after(stopServers);
  const refused = (options: ConnectionOptions) => refusal(serving.server.port, options);

  it("is accepted for its DNS name and its IP address by clients that trust its CA", async () => {
    assert.equal(await refused({ ca: own.ca, servername: SERVICE }), null);
    assert.equal(await refused({ ca: own.ca }), null);
  });

  it("is rejected for another name", async () => {
    assert.equal(await refused({ ca: own.ca, servername: "other.svc" }), "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("is rejected by clients that trust another CA of the same name", async () => {
    assert.notEqual(await refused({ ca: other.ca, servername: SERVICE }), null);
  });

  it("is accepted by clients that trust both CAs, in either order, as during a rotation", async () => {
    assert.equal(await refused({ ca: [own.ca, other.ca], servername: SERVICE }), null);
    assert.equal(await refused({ ca: [other.ca, own.ca], servername: SERVICE }), null);
    assert.equal(await refused({ ca: own.ca + other.ca, servername: SERVICE }), null);
    assert.equal(await refused({ ca: other.ca + own.ca, servername: SERVICE }), null);
  });

  it("is not a CA, and expires no later than its CA", () => {
    const leaf = new X509Certificate(own.cert);
    const ca = new X509Certificate(own.ca);
    assert.deepEqual([leaf.ca, ca.ca], [false, true]);
    assert.ok(leaf.validToDate < ca.validToDate);
    assert.notEqual(leaf.serialNumber, ca.serialNumber);
  });
});
