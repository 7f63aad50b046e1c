// The overlay client-certificate on its own cluster, whose API server presents a certificate.
import { ClusterError } from "../e2e/cluster/failure.ts";
import { ensureCluster, removeCluster } from "../e2e/cluster/provider.ts";
import { clusterStatus } from "../e2e/cluster/status.ts";
import { abortOnSignal } from "../signal.ts";
import { runNode } from "./runNode.ts";

const log = (line: string): void => console.error(`client-certificate: ${line}`);

async function main(signal: AbortSignal): Promise<number> {
  const { phase } = await clusterStatus();
  if (phase !== "down")
    throw new ClusterError("this checkout has a cluster already: run `npm run cluster -- down` first");
  try {
    const install = process.env["ROLLCALL_INSTALL"] === "1";
    await ensureCluster({ log, signal, clientCertificate: true, ...(install ? { install } : {}) });
    return await runNode(["test/e2e/main.ts", "--only", "clientCertificate"], process.env, signal);
  } finally {
    // without the signal: the cluster must also be removed after an interrupt
    await removeCluster({ log });
  }
}

const signal = abortOnSignal();
try {
  process.exitCode = await main(signal);
} catch (error) {
  if (!signal.aborted && !(error instanceof ClusterError)) throw error;
  log(signal.aborted ? "stopped by a signal" : (error as Error).message);
  process.exitCode = 1;
}
