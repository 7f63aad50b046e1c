// Removes everything of one cluster from the engine. It uses the engine's commands instead of `kind delete`: they also
// remove the partial results of a killed `kind create`, do not need kind, and do not wait ten seconds for systemd.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterEngine } from "../engine/probe.ts";
import { ClusterError } from "../failure.ts";
import type { Shell } from "../process/shell.ts";
import { CLUSTER_LABEL, formatNodeName } from "./config.ts";

/** Number of attempts, a second apart. */
const TRIES = 5;

/** A cluster as the engine knows it. */
export interface EngineCluster {
  readonly name: string;
  readonly engine: Pick<ClusterEngine, "name" | "env">;
}

/** Removes the cluster's containers, volumes and network. @returns whether any of them existed */
export async function removeFromEngine(shell: Shell, cluster: EngineCluster): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await removeAll(shell, cluster);
    } catch (error) {
      // A podman that was killed while it started a container leaves processes and mounts that take a moment to end:
      // the removal fails with "removing container … root filesystem", and succeeds a second later.
      if (tries === TRIES || !(error instanceof ClusterError)) throw error;
      await sleep(1_000);
    }
  }
}

async function removeAll(shell: Shell, cluster: EngineCluster): Promise<boolean> {
  const { name: engine, env } = cluster.engine;
  const list = async (...args: string[]): Promise<string[]> =>
    (await shell.must(engine, args, { env })).split("\n").filter((line) => line !== "");
  let found = false;
  const remove = async (args: string[], names: string[]): Promise<void> => {
    if (names.length === 0) return;
    found = true;
    await shell.must(engine, [...args, ...names], { env });
  };
  const label = `label=${CLUSTER_LABEL}=${cluster.name}`;
  // Killed at once: a node needs no shutdown, since its volumes are removed, too.
  await remove(["kill"], await list("ps", "--quiet", "--filter", label));
  await remove(["rm", "--force", "--volumes"], await list("ps", "--all", "--quiet", "--filter", label));
  const volumes = await list("volume", "ls", "--quiet", "--filter", `label=${formatNodeName(cluster.name)}`);
  await remove(["volume", "rm", "--force"], volumes);
  const networks = await list("network", "ls", "--format", "{{.Name}}");
  await remove(
    ["network", "rm"],
    networks.filter((name) => name === cluster.name),
  );
  // Addresses of the network's containers: podman keeps the folder.
  if (engine === "podman")
    await rm(join("/var/lib/cni/networks", cluster.name), { recursive: true, force: true });
  return found;
}
