// The certificate of our own making, as a real TLS client judges it.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type ConnectionOptions, connect } from "node:tls";
import { type Certificate, issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import { HOST, issueCertificate, SERVICE, type ServingTest, serve, stopServers } from "../server/serving.ts";

/** Null when a client shakes hands, else the code of its refusal. */
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

  it("is accepted for its DNS name and its IP address by who trusts its CA", async () => {
    assert.equal(await refused({ ca: own.ca, servername: SERVICE }), null);
    assert.equal(await refused({ ca: own.ca }), null);
  });

  it("is refused for another name", async () => {
    assert.equal(await refused({ ca: own.ca, servername: "other.svc" }), "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("is refused by who trusts another CA, though both have one name", async () => {
    assert.notEqual(await refused({ ca: other.ca, servername: SERVICE }), null);
  });

  it("is accepted by who trusts both, in either order: a bundle during a rotation", async () => {
    assert.equal(await refused({ ca: [own.ca, other.ca], servername: SERVICE }), null);
    assert.equal(await refused({ ca: [other.ca, own.ca], servername: SERVICE }), null);
    assert.equal(await refused({ ca: own.ca + other.ca, servername: SERVICE }), null);
    assert.equal(await refused({ ca: other.ca + own.ca, servername: SERVICE }), null);
  });

  it("is no CA, and lives no longer than its CA", () => {
    const leaf = new X509Certificate(own.cert);
    const ca = new X509Certificate(own.ca);
    assert.deepEqual([leaf.ca, ca.ca], [false, true]);
    assert.ok(leaf.validToDate < ca.validToDate);
    assert.notEqual(leaf.serialNumber, ca.serialNumber);
  });
});
