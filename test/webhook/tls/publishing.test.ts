// If the CA cannot be published, the server reports it in one line and is not ready.
import assert from "node:assert/strict";
import { syncCertificate } from "../../../webhook/tls/clusterSource.ts";
import type { MemoryCluster } from "./memoryCluster.ts";
import { buildSourceInput, createMemoryCluster } from "./source.ts";

describe("the CA", () => {
  let cluster: MemoryCluster;
  beforeEach(() => {
    cluster = createMemoryCluster();
  });

  it("is not trusted if a configuration cannot be read, but is written into the other one", async () => {
    cluster.configurations.delete("mutating");
    const { certificate, whyNotTrusted } = await syncCertificate(buildSourceInput(cluster));
    assert.equal(
      whyNotTrusted,
      "cannot publish the CA in the mutating webhook configuration rollcall: HTTP-Code: 404",
    );
    assert.deepEqual(cluster.bundles, Array(4).fill(certificate.ca));
  });

  it("is not trusted if neither can be read, and one line names both", async () => {
    const { whyNotTrusted } = await syncCertificate(buildSourceInput(cluster, { configuration: "another" }));
    assert.match(whyNotTrusted ?? "", /^[^\n]*mutating[^\n]*; [^\n]*validating[^\n]*$/);
  });

  it("is not written into an entry that was moved in the meantime", async () => {
    const entries = cluster.configurations.get("validating") ?? [];
    cluster.afterRead = (kind) => {
      if (kind === "validating") entries.reverse();
    };
    const { certificate, whyNotTrusted } = await syncCertificate(buildSourceInput(cluster));
    assert.match(whyNotTrusted ?? "", /validating webhook configuration rollcall: HTTP-Code: 422$/);
    assert.deepEqual(cluster.bundles, [certificate.ca, "", "", "", ""]);

    cluster.afterRead = () => undefined;
    const next = await syncCertificate(buildSourceInput(cluster));
    assert.equal(next.whyNotTrusted, null);
    assert.deepEqual(cluster.bundles, Array(5).fill(certificate.ca));
  });

  it("is not retried forever if the Secret changes all the time", async () => {
    cluster.writeSecret = async () => false;
    await assert.rejects(
      syncCertificate(buildSourceInput(cluster)),
      /^Error: Secret rollcall-system\/rollcall-tls changes faster than it can be read$/,
    );
  });
});
