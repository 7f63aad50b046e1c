// The API server's clock, from the header Date of its answers.
import assert from "node:assert/strict";
import { createApiServerClock } from "../../../webhook/cluster/createApiServerClock.ts";
import { syncCertificate } from "../../../webhook/tls/clusterSource.ts";
import { ClusterStandIn } from "../scaleDown/evidence/clusterStandIn.ts";
import { buildSourceInput, createMemoryCluster } from "../tls/source.ts";

const MONTHS_MS = 90 * 86_400_000;

describe("the API server's clock", () => {
  let cluster: ClusterStandIn;
  before(async () => {
    cluster = await ClusterStandIn.start();
  });
  after(() => cluster.close());

  it("is used instead of a wrong local clock, and continues while the API server does not answer", async () => {
    for (const off of [-MONTHS_MS, MONTHS_MS]) {
      const clock = createApiServerClock(cluster.access(), () => Date.now() + off);
      const near = async () => assert.ok(Math.abs((await clock()).getTime() - Date.now()) < 5_000);
      await near();
      cluster.instead = () => ({ status: 500, text: "" });
      await near();
      cluster.instead = () => null;
    }
  });

  it("keeps replicas from replacing each other's certificate", async () => {
    const secrets = createMemoryCluster();
    const replicas = [-MONTHS_MS, MONTHS_MS].map((off) =>
      createApiServerClock(cluster.access(), () => Date.now() + off),
    );
    for (let round = 0; round < 3; round += 1)
      for (const now of replicas) await syncCertificate(buildSourceInput(secrets, { now }));
    assert.equal(secrets.writes.filter((write) => write.startsWith("Secret")).length, 1);
  });
});
