// Queries a ring over HTTPS: by the IPs of its pods, with the CA of the profile, and the name that each member has in its
// StatefulSet. A certificate of another member, of another CA, or without TLS proves nothing.
import assert from "node:assert/strict";
import { BEAN_QUERY } from "../../../../init/contract/ring/bean.ts";
import { gatherRing } from "../../../../webhook/scaleDown/evidence/ring.ts";
import { type Certificate, issueSelfSigned } from "../../../../webhook/tls/selfSigned.ts";
import { type Running, startMember } from "../../../init/contract/ring/standIn.mjs";
import { formatAddress, loadProfile } from "./cases.ts";

const MEMBERS = ["web-0", "web-1", "web-2"];
const getHost = (member: string): string => `${member}.web-svc.demo.svc.cluster.local`;

describe("querying a ring over HTTPS", function () {
  this.timeout(20_000);
  const certificates = new Map<string, Certificate>();
  const asked: string[] = [];
  let servers: Running[] = [];
  let port = 0;

  before(async () => {
    await Promise.all(
      MEMBERS.map(async (id) => certificates.set(id, await issueSelfSigned([getHost(id)], new Date()))),
    );
  });

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
    asked.length = 0;
    port = 0;
  });

  const makeCertificate = (id: string): Certificate => {
    const found = certificates.get(id);
    assert.ok(found);
    return found;
  };

  /** @param holders by member, whose certificate it has; null: it speaks HTTP */
  async function start(holders: readonly (string | null)[] = MEMBERS): Promise<void> {
    for (const [ordinal, id] of MEMBERS.entries()) {
      const holder = holders[ordinal] ?? null;
      const server = await startMember({
        id,
        state: () => ({ serviceId: "omservice", leader: "web-0", term: 7, members: MEMBERS }),
        host: formatAddress(ordinal),
        port,
        certificate: holder === null ? null : makeCertificate(holder),
        onRequest: ({ url, headers }) => asked.push(`${headers.host} ${url}`),
      });
      ({ port } = server);
      servers.push(server);
    }
  }

  async function ring(cas: readonly string[] = MEMBERS, profile = "secured") {
    const ca = cas.map((id) => makeCertificate(id).ca).join("");
    const { ring: found } = loadProfile(profile, port, ca);
    assert.ok(found);
    return gatherRing({
      set: "web",
      namespace: "demo",
      serviceName: "web-svc",
      pods: MEMBERS.map((name, ordinal) => ({ name, ip: formatAddress(ordinal) })),
      ring: found,
      record: Promise.resolve({ known: null }),
      deadline: AbortSignal.timeout(10_000),
    });
  }

  it("knows the ring, and asks each member by its name in the StatefulSet", async () => {
    await start();
    const found = await ring();
    assert.ok("known" in found, JSON.stringify(found));
    assert.deepEqual(
      found.known.members.map(({ id, healthy }) => [id, healthy]),
      MEMBERS.map((id) => [id, true]),
    );
    assert.deepEqual(
      asked.toSorted(),
      MEMBERS.map((id) => `${getHost(id)}:${port} ${BEAN_QUERY}`),
    );
  });

  it("counts a member with the certificate of another member as unhealthy", async () => {
    await start(["web-0", "web-1", "web-1"]);
    const found = await ring();
    assert.ok("known" in found, JSON.stringify(found));
    const [, , last] = found.known.members;
    assert.equal(last?.healthy, false);
    assert.match(
      last.why ?? "",
      /certificate is for another name \(ERR_TLS_CERT_ALTNAME_INVALID\), asked as web-2\.web-svc\.demo\.svc\.cluster\.local/,
    );
  });

  it("counts a member with a certificate of another CA as unhealthy", async () => {
    await start();
    const found = await ring(["web-0", "web-1"]);
    assert.ok("known" in found, JSON.stringify(found));
    assert.match(found.known.members[2]?.why ?? "", /signed by a CA that is not trusted here/);
    assert.equal(asked.length, 2, "nothing is sent before the certificate is verified");
  });

  it("does not fall back to HTTP", async () => {
    await start(["web-0", "web-1", null]);
    const found = await ring();
    assert.ok("known" in found, JSON.stringify(found));
    assert.match(found.known.members[2]?.why ?? "", /does not speak TLS/);
  });

  it("without httpPolicy does not know a ring that speaks HTTPS", async () => {
    await start();
    assert.ok("unknown" in (await ring(MEMBERS, "ring")));
    assert.deepEqual(asked, []);
  });
});
