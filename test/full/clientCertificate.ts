// The overlay client-certificate on its own cluster, whose API server presents a certificate.
import { runNode } from "./runNode.ts";
import { runOnOwnCluster } from "./runOnOwnCluster.ts";

await runOnOwnCluster("client-certificate", async ({ start, signal }) => {
  await start({ clientCertificate: true });
  return runNode(["test/e2e/main.ts", "--only", "clientCertificate"], process.env, signal);
});
