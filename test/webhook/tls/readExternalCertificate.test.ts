// A certificate of cert-manager: it is read and never written, and not trusted before the CA injector has run.
import assert from "node:assert/strict";
import type { SourceInput } from "../../../webhook/tls/clusterSource.ts";
import { readExternalCertificate } from "../../../webhook/tls/readExternalCertificate.ts";
import { type Certificate, issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import type { MemoryCluster } from "./memoryCluster.ts";
import { addDays, buildSourceInput, createMemoryCluster, NAMES, TEST_TIME } from "./source.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("an external certificate", function () {
  this.timeout(20_000);
  let cluster: MemoryCluster;
  let issued: Certificate;
  let other: Certificate;
  before(async () => {
    issued = await issueSelfSigned(NAMES, TEST_TIME);
    other = await issueSelfSigned(["another.svc"], TEST_TIME);
  });
  beforeEach(() => {
    cluster = createMemoryCluster();
  });
  const read = (different: Partial<SourceInput> = {}) =>
    readExternalCertificate(buildSourceInput(cluster, different));

  /** Writes like cert-manager. */
  async function store({ cert, key, ca }: Certificate): Promise<void> {
    const data = { "tls.crt": base64(cert), "tls.key": base64(key), "ca.crt": base64(ca) };
    const before = await cluster.readSecret("rollcall-system", "rollcall-tls");
    await cluster.writeSecret(
      { namespace: "rollcall-system", name: "rollcall-tls", data },
      before?.resourceVersion ?? null,
    );
    cluster.writes.length = 0;
  }

  /** Writes like the CA injector. */
  function inject(ca: string): void {
    for (const entries of cluster.configurations.values()) {
      for (const entry of entries) entry.caBundle = base64(ca);
    }
  }

  it("is served and trusted if the injector has written its CA, and nothing is written", async () => {
    await store(issued);
    inject(issued.ca);
    assert.deepEqual(await read(), { certificate: issued, whyNotTrusted: null });
    assert.deepEqual(cluster.writes, []);
  });

  it("is not renewed at two thirds of its lifetime, which is the other controller's task", async () => {
    await store(issued);
    inject(issued.ca);
    assert.equal((await read({ now: () => addDays(80) })).whyNotTrusted, null);
    assert.deepEqual(cluster.writes, []);
  });

  it("is not trusted while an entry has another CA, and the message names the entry", async () => {
    await store(issued);
    inject(issued.ca);
    const [, entry] = cluster.configurations.get("validating") ?? [];
    assert.ok(entry !== undefined);
    entry.caBundle = base64(other.ca);
    assert.equal(
      (await read()).whyNotTrusted,
      "entry statefulsets.validate of the validating webhook configuration rollcall does not trust the certificate's CA: " +
        "cert-manager's CA injector has to write its caBundle",
    );
    assert.deepEqual(cluster.writes, []);
  });

  it("is trusted by a bundle with additional CAs", async () => {
    await store(issued);
    inject(`${other.ca}${issued.ca}`);
    assert.equal((await read()).whyNotTrusted, null);
  });

  it("is awaited if it is missing, with a message that names the writer", async () => {
    await assert.rejects(
      read(),
      /^Error: Secret rollcall-system\/rollcall-tls is not there yet: ROLLCALL_CERTIFICATE is external, so cert-manager/,
    );
    assert.deepEqual(cluster.writes, []);
  });

  const refused: [what: string, change: () => Certificate, told: RegExp, now?: Date][] = [
    ["has no CA", () => ({ ...issued, ca: "" }), /its ca\.crt has no CA/],
    ["has another's key", () => ({ ...issued, key: other.key }), /its tls\.key is another's/],
    ["was signed by another CA", () => ({ ...issued, ca: other.ca }), /its CA has not signed it/],
    ["is for another Service", () => other, /it is not for rollcall\.rollcall-system\.svc/],
    ["is no certificate", () => ({ ...issued, cert: "none" }), /its tls\.crt or ca\.crt cannot be read/],
    ["has expired", () => issued, /it has expired/, addDays(91)],
  ];
  for (const [what, change, told, now = TEST_TIME] of refused) {
    it(`is not served if it ${what}`, async () => {
      await store(change());
      inject(issued.ca);
      await assert.rejects(read({ now: () => now }), told);
    });
  }
});
