// Certificates in a cluster: replicas agree on one, and every entry of both configurations trusts it
// (docs/research/kubernetes-admission.md#certificates).
import assert from "node:assert/strict";
import { type SourceInput, syncCertificate } from "../../../webhook/tls/clusterSource.ts";
import { explainRenewal } from "../../../webhook/tls/selfSigned.ts";
import type { MemoryCluster } from "./memoryCluster.ts";
import { addDays, buildSourceInput, createMemoryCluster, NAMES, TEST_TIME } from "./source.ts";

describe("the certificate in a cluster", () => {
  let cluster: MemoryCluster;
  const sync = (different: Partial<SourceInput> = {}) =>
    syncCertificate(buildSourceInput(cluster, different));
  const storedCas = (): string => cluster.secretText("rollcall-system", "rollcall-tls", "ca.crt");
  beforeEach(() => {
    cluster = createMemoryCluster();
  });

  it("is created, stored in the Secret, and trusted by every entry of both configurations", async () => {
    const { certificate, whyNotTrusted } = await sync();
    assert.equal(whyNotTrusted, null);
    assert.equal(explainRenewal(certificate, NAMES, TEST_TIME), null);
    assert.equal(cluster.secretText("rollcall-system", "rollcall-tls", "tls.crt"), certificate.cert);
    assert.equal(cluster.secretText("rollcall-system", "rollcall-tls", "tls.key"), certificate.key);
    assert.deepEqual(cluster.bundles, Array(5).fill(certificate.ca));
  });

  it("is the same for two replicas that start at once", async () => {
    const [one, other] = await Promise.all([sync(), sync()]);
    assert.deepEqual(one, other);
    assert.deepEqual(new Set(cluster.bundles), new Set([one.certificate.ca]));
    assert.equal(cluster.writes.filter((write) => write.startsWith("Secret")).length, 1);
  });

  it("is read again unchanged, and nothing is written without a change", async () => {
    const first = await sync();
    cluster.writes.length = 0;
    assert.deepEqual(await sync({ now: () => addDays(59) }), first);
    assert.deepEqual(cluster.writes, []);
  });

  it("is published again only in the entry from which its bundle was removed", async () => {
    const { certificate } = await sync();
    const [entry] = cluster.configurations.get("validating")?.slice(1) ?? [];
    assert.ok(entry !== undefined);
    entry.caBundle = "";
    cluster.writes.length = 0;
    await sync();
    assert.deepEqual(cluster.writes, ["validating statefulsets.validate"]);
    assert.deepEqual(new Set(cluster.bundles), new Set([certificate.ca]));
  });

  it("is renewed in time; the new CA is published beside the old one before any replica serves it", async () => {
    const old = await sync();
    const renewed = await sync({ now: () => addDays(61) });
    assert.notEqual(renewed.certificate.cert, old.certificate.cert);
    assert.equal(renewed.whyNotTrusted, null);
    const both = `${renewed.certificate.ca}${old.certificate.ca}`;
    assert.deepEqual(new Set(cluster.bundles), new Set([both]));
    assert.equal(storedCas(), both);
    assert.deepEqual(await sync({ now: () => addDays(61) }), renewed);
  });

  it("is renewed once by replicas that notice at the same time", async () => {
    await sync();
    const now = () => addDays(61);
    const [one, other] = await Promise.all([sync({ now }), sync({ now })]);
    assert.deepEqual(one, other);
    assert.equal(cluster.writes.filter((write) => write.startsWith("Secret")).length, 2);
  });

  it("is renewed if it is for a Service of another name, and the log has the reason", async () => {
    // mimir#13338: a Secret whose names did not match the renamed Service stopped every StatefulSet
    await sync({ names: ["old-name.rollcall-system.svc"] });
    const log: string[] = [];
    const { certificate, whyNotTrusted } = await sync({ log: (line) => log.push(line) });
    assert.equal(explainRenewal(certificate, NAMES, TEST_TIME), null);
    assert.equal(whyNotTrusted, null);
    assert.equal(
      log[0],
      `issuing a certificate for ${NAMES[0]}: the certificate is not valid for ${NAMES[0]}`,
    );
  });

  for (const [what, data] of Object.entries({
    "an empty Secret": {},
    "a Secret of garbage": { "tls.crt": "!!!", "tls.key": "AAAA", "ca.crt": "cGVt" },
  })) {
    it(`is issued again for ${what}`, async () => {
      await cluster.writeSecret({ namespace: "rollcall-system", name: "rollcall-tls", data }, null);
      const { certificate, whyNotTrusted } = await sync();
      assert.equal(explainRenewal(certificate, NAMES, TEST_TIME), null);
      assert.equal(whyNotTrusted, null);
    });
  }
});
