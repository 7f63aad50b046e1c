// The cluster builder with Docker: a cluster, the core e2e suites on it, and its complete removal.
import { explainDockerSilence } from "../e2e/cluster/engine/probe.ts";
import { ClusterError } from "../e2e/cluster/failure.ts";
import { leaveHost } from "../e2e/cluster/host/ledger.ts";
import { DOCKERD, ensurePackages } from "../e2e/cluster/host/packages.ts";
import { cachePaths } from "../e2e/cluster/paths.ts";
import { Shell } from "../e2e/cluster/process/shell.ts";
import { openSession } from "../e2e/cluster/session.ts";
import { readState } from "../e2e/cluster/state.ts";
import { clusterStatus } from "../e2e/cluster/status.ts";
import { startDockerd } from "./dockerd.ts";
import { runNode } from "./runNode.ts";

export interface DockerPartOptions {
  /** Aborts the work; the cluster and the daemon are removed before the promise settles. */
  readonly signal: AbortSignal;
  /** Prints one line. */
  readonly log: (line: string) => void;
  /** Whether missing packages, such as docker.io, may be installed. @default the value of ROLLCALL_INSTALL */
  readonly install?: boolean;
}

/** One command of the part. */
export interface Step {
  readonly name: string;
  readonly seconds: number;
  /** Exit code; 0 is a pass. */
  readonly code: number;
}

/**
 * Runs the part: with the running Docker daemon, otherwise with its own one, which it stops at the end.
 * @returns the steps that were started; the part has passed if each ended with 0
 * @throws ClusterError if it cannot start, or if the cluster is not on Docker
 */
export async function runDockerPart(options: DockerPartOptions): Promise<Step[]> {
  const { signal, log } = options;
  const install = options.install ?? process.env["ROLLCALL_INSTALL"] === "1";
  const { phase, engine } = await clusterStatus();
  if (phase !== "down") {
    throw new ClusterError(
      `this checkout has a cluster already, on ${engine}: run \`npm run cluster -- down\` first`,
    );
  }
  const { children } = cachePaths(process.env);
  const shell = new Shell(children, signal);
  const silent = await explainDockerSilence(shell, {});
  if (silent === null) return runSteps({ ...options, install }, {});
  log(`no Docker daemon answers (${silent})`);
  await ensurePackages(shell, DOCKERD, { allowed: install, log });
  if (process.getuid?.() !== 0) throw new ClusterError("starting a Docker daemon needs root: run as root");
  const daemon = await startDockerd(children, signal, log);
  try {
    return await runSteps({ ...options, install }, { DOCKER_HOST: daemon.host, DOCKER_TLS_VERIFY: "" });
  } finally {
    await daemon.stop();
    await forgetCluster(daemon.host, log);
    log("removed the Docker daemon and everything that it created");
  }
}

/**
 * If `down` could not remove the cluster, it has ended with the daemon, and its state file and traces on the host are
 * removed.
 */
async function forgetCluster(host: string, log: (line: string) => void): Promise<void> {
  const session = openSession({ log });
  const state = await readState(session.folder);
  if (state?.engine.env["DOCKER_HOST"] === host) await leaveHost(session, state);
}

async function runSteps(
  { signal, log, install }: DockerPartOptions,
  docker: NodeJS.ProcessEnv,
): Promise<Step[]> {
  const env = { ...process.env, ...docker, ...(install === true ? { ROLLCALL_INSTALL: "1" } : {}) };
  const steps: Step[] = [];
  const step = async (name: string, args: readonly string[], stop?: AbortSignal): Promise<boolean> => {
    log(`${name}: starts`);
    const began = performance.now();
    const code = await runNode(args, env, stop);
    const seconds = Math.round((performance.now() - began) / 1000);
    log(`${name}: exit code ${code} after ${seconds} s`);
    steps.push({ name, seconds, code });
    return code === 0;
  };
  try {
    if (await step("cluster up", ["test/e2e/cluster/main.ts", "up"], signal)) {
      await assertOnDocker();
      await step("e2e", ["test/e2e/main.ts"], signal);
    }
  } finally {
    // Without the signal: the cluster must also be removed after an interrupt.
    await step("cluster down", ["test/e2e/cluster/main.ts", "down"]);
  }
  return steps;
}

/** With podman the result would prove nothing. */
async function assertOnDocker(): Promise<void> {
  const { engine, phase } = await clusterStatus();
  if (engine !== "docker" || phase !== "up")
    throw new ClusterError(`the cluster should be up on Docker, but it is ${phase} on ${engine}`);
}
