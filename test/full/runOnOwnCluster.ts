// A part that needs a cluster of its own, of another configuration than the shared one.
import { ClusterError } from "../e2e/cluster/failure.ts";
import { ensureCluster, removeCluster, type UpOptions } from "../e2e/cluster/provider.ts";
import { clusterStatus } from "../e2e/cluster/status.ts";
import { abortOnSignal } from "../signal.ts";

export interface OwnCluster {
  readonly options: UpOptions;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** starts it; it is removed when the part ends */
  start(more?: UpOptions): ReturnType<typeof ensureCluster>;
}

/**
 * Runs a part where this checkout has no cluster, and removes the cluster that it starts. Sets the exit code of this
 * process.
 * @param name of the part @param work returns the exit code
 */
export async function runOnOwnCluster(
  name: string,
  work: (cluster: OwnCluster) => Promise<number>,
): Promise<void> {
  const log = (line: string): void => console.error(`${name}: ${line}`);
  const signal = abortOnSignal();
  const options: UpOptions = {
    log,
    signal,
    ...(process.env["ROLLCALL_INSTALL"] === "1" ? { install: true } : {}),
  };
  try {
    const { phase } = await clusterStatus();
    if (phase !== "down")
      throw new ClusterError("this checkout has a cluster already: run `npm run cluster -- down` first");
    try {
      const start = (more: UpOptions = {}) => ensureCluster({ ...options, ...more });
      process.exitCode = await work({ options, signal, log, start });
    } finally {
      // without the signal: the cluster must also be removed after an interrupt
      await removeCluster({ log });
    }
  } catch (error) {
    if (!signal.aborted && !(error instanceof ClusterError)) throw error;
    log(signal.aborted ? "stopped by a signal" : (error as Error).message);
    process.exitCode = 1;
  }
}
