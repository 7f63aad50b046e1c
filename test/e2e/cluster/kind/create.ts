// Runs kind: creates a cluster, loads an image, collects the logs of a cluster that did not start.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClusterError } from "../failure.ts";
import type { Session } from "../session.ts";
import type { ClusterState } from "../state.ts";
import { writeClientCertificate } from "./clientCertificate.ts";
import { buildNetworkEnv, renderKindConfig } from "./config.ts";

/** The time limit for the node to be Ready; 25 s is usual. */
const WAIT = "180s";

/** Environment for kind: engine, its settings, network. */
export function buildKindEnv(state: ClusterState): Record<string, string> {
  return { ...state.engine.env, ...buildNetworkEnv(state.engine.name, state.name) };
}

/** Creates the cluster and writes its kubeconfig. On failure the nodes' logs are kept and named in the error. */
export async function createCluster(session: Session, state: ClusterState): Promise<void> {
  const { folder, cache } = session;
  const admission = state.clientCertificate === true ? folder.admission : null;
  if (admission !== null) await writeClientCertificate(admission);
  await writeFile(folder.kindConfig, renderKindConfig(state.image.name, state.needs, admission));
  const args = ["create", "cluster", "--name", state.name, "--config", folder.kindConfig];
  // --retain: a failed cluster is inspected before it is removed, which remove.ts does.
  const more = ["--kubeconfig", folder.kubeconfig, "--wait", WAIT, "--retain"];
  const created = await cache.shell.run(state.kind, [...args, ...more], { env: buildKindEnv(state) });
  if (created.code === 0) return;
  const logs = await exportLogs(session, state);
  throw new ClusterError(
    `kind could not create ${state.name}: ${extractKindReason(created.stderr)}; ${logs}`,
  );
}

/** The reason why kind failed: the output of the command that it ran, else kind's own error. */
export function extractKindReason(stderr: string): string {
  const [said, output = ""] = (stderr.split("\nStack Trace:")[0] ?? "").split(/^Command Output: /m);
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const error = lines.filter((line) => /error|fail|refused|timed out/i.test(line)).at(-1) ?? lines.at(-1);
  return (error ?? /^ERROR: (.*)$/m.exec(said ?? "")?.[1] ?? stderr.trim()).slice(0, 400);
}

async function exportLogs(session: Session, state: ClusterState): Promise<string> {
  const to = join(session.paths.root, "logs", state.name);
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  const options = { env: buildKindEnv(state), timeoutMs: 60_000 };
  await session.cache.shell.run(state.kind, ["export", "logs", to, "--name", state.name], options);
  const found = await readdir(to);
  return found.length === 0 ? "there was no node to take logs from" : `its logs are in ${to}`;
}

/** Loads an OCI or docker archive into the node's image store. */
export async function loadArchive(session: Session, state: ClusterState, file: string): Promise<void> {
  const args = ["load", "image-archive", file, "--name", state.name];
  await session.cache.shell.must(state.kind, args, { env: buildKindEnv(state) });
}
