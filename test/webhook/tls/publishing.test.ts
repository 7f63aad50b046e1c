// Where the CA cannot be published: said in one line, and the server is not taken for ready.
import assert from "node:assert/strict";
import { syncCertificate } from "../../../webhook/tls/clusterSource.ts";
import type { MemoryCluster } from "./memoryCluster.ts";
import { buildSourceInput, createMemoryCluster } from "./source.ts";

describe("the CA", () => {
  let cluster: MemoryCluster;
  beforeEach(() => {
    cluster = createMemoryCluster();
  });

  it("is not trusted where a configuration cannot be read, the other one gets it all the same", async () => {
    cluster.configurations.delete("mutating");
    const { certificate, whyNotTrusted } = await syncCertificate(buildSourceInput(cluster));
    assert.equal(
      whyNotTrusted,
      "cannot publish the CA in the mutating webhook configuration rollcall: HTTP-Code: 404",
    );
    assert.deepEqual(cluster.bundles, Array(4).fill(certificate.ca));
  });

  it("is not trusted where neither can be read, and both are named in one line", async () => {
    const { whyNotTrusted } = await syncCertificate(buildSourceInput(cluster, { configuration: "another" }));
    assert.match(whyNotTrusted ?? "", /^[^\n]*mutating[^\n]*; [^\n]*validating[^\n]*$/);
  });

  it("is not given to an entry that was put at another place meanwhile", async () => {
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

  it("is not asked for without end where the Secret changes all the time", async () => {
    cluster.writeSecret = async () => false;
    await assert.rejects(
      syncCertificate(buildSourceInput(cluster)),
      /^Error: Secret rollcall-system\/rollcall-tls changes faster than it can be read$/,
    );
  });
});
