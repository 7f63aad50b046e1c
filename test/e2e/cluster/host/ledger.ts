// Shared state of the host (firewall chains, kernel settings, podman's cgroup): the first cluster records it, and the
// last one restores it. A cluster counts as long as its state file exists.
import { mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineName } from "../engine/choose.ts";
import { withHostLock } from "../process/lock.ts";
import type { Shell } from "../process/shell.ts";
import type { Session } from "../session.ts";
import { type ClusterState, listClusters, removeState, writeState } from "../state.ts";
import type { FirewallUndo } from "./firewall.ts";
import { type Between, type Family, findLeftovers, type HostSnapshot, snapshotSchema } from "./snapshot.ts";
import { MODULES_FOLDER, NAMESPACES_FOLDER, takeSnapshot } from "./take.ts";

/** Before anything on the host is changed for the cluster. */
export async function enterHost(session: Session, state: ClusterState): Promise<void> {
  await locked(session, async (path) => {
    const now = await takeSnapshot(session.cache.shell);
    const known = await readBefore(path);
    const others = await otherClusters(session);
    const before = known === null || others.length === 0 || known.boot !== now.boot ? now : known;
    await writeBefore(path, { ...before, engines: enginesWith(before, state) });
    await writeState(session.folder, state);
    // Docker creates a missing folder that is mounted.
    if (state.engine.name === "podman") await mkdir(MODULES_FOLDER, { recursive: true });
  });
}

/** Runs after the cluster is removed. Its state file is removed last: until then, `down` repeats everything. */
export async function leaveHost(session: Session, state: ClusterState): Promise<void> {
  await locked(session, async (path) => {
    if ((await otherClusters(session)).length === 0) {
      const before = await readBefore(path);
      if (before !== null) await restoreIfIdle(session, state, before, path);
      await rm(path, { force: true });
    }
    await removeState(session.folder);
  });
}

/** The engines that have changed this host, including the cluster's if its nodes run on this host. */
function enginesWith(before: HostSnapshot, { engine }: ClusterState): EngineName[] {
  // Docker's daemon may be on another host or in a VM.
  const isHere = engine.name === "podman" || engine.env["DOCKER_HOST"]?.startsWith("unix://") === true;
  return [...new Set([...before.engines, ...(isHere ? [engine.name] : [])])];
}

/** Restores the host, unless any container runs that may rely on the changed settings. */
async function restoreIfIdle(
  { cache }: Session,
  state: ClusterState,
  before: HostSnapshot,
  path: string,
): Promise<void> {
  const { shell } = cache;
  const engines = enginesWith(before, state);
  const selectEngineEnv = (name: EngineName): EngineEnv =>
    name === state.engine.name ? state.engine.env : {};
  for (const name of engines) {
    if (await isIdle(shell, name, selectEngineEnv(name))) continue;
    cache.log(
      `${name} has, or may have, other containers: the firewall chains and settings that they share are kept`,
    );
    return;
  }
  if (engines.length === 0) return;
  const dockerBridges = engines.includes("docker")
    ? await listBridgeFamilies(shell, selectEngineEnv("docker"))
    : [];
  await restore(shell, before, path, { podman: engines.includes("podman"), dockerBridges });
}

type EngineEnv = Readonly<Record<string, string>>;

/** Whether the engine runs no containers. */
async function isIdle(
  shell: Shell,
  name: EngineName,
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  if (name === "docker") {
    const running = await shell.run("docker", ["ps", "--quiet"], { env });
    // A daemon that was started for an earlier cluster only has ended, and its containers with it.
    return running.code !== 0 || running.stdout.trim() === "";
  }
  // Includes the working containers of a build.
  const all = await shell.run("podman", ["ps", "--external", "--all", "--quiet"], { env });
  return all.code === 127 || (all.code === 0 && all.stdout.trim() === "");
}

/** Docker's bridge networks always have IPv4, and IPv6 only on request, as with kind. */
async function listBridgeFamilies(shell: Shell, env: EngineEnv): Promise<Family[]> {
  const args = ["network", "ls", "--filter", "driver=bridge", "--format", "{{.IPv6}}"];
  const { stdout } = await shell.run("docker", args, { env });
  const isIpv6 = stdout.split("\n").filter((line) => line !== "");
  return [
    ...(isIpv6.length > 0 ? ["ipv4" as const] : []),
    ...(isIpv6.includes("true") ? ["ipv6" as const] : []),
  ];
}

/** Reverts the differences. Removing something that is in use again fails, which is intended. */
async function restore(shell: Shell, before: HostSnapshot, path: string, between: Between): Promise<void> {
  const now = await takeSnapshot(shell);
  if (now.boot !== before.boot) return;
  const left = findLeftovers(before, now, between);
  for (const mount of left.mounts) await shell.run("umount", [mount]);
  for (const link of left.links) await shell.run("ip", ["link", "delete", link]);
  for (const name of left.namespaces) await rm(join(NAMESPACES_FOLDER, name)).catch(() => undefined);
  for (const cgroup of left.cgroups) await rmdir(cgroup).catch(() => undefined);
  await restoreFirewall(shell, { program: "iptables-restore", family: "ip" }, left.firewall.iptables, path);
  await restoreFirewall(
    shell,
    { program: "ip6tables-restore", family: "ip6" },
    left.firewall.ip6tables,
    path,
  );
  for (const [name, value] of left.sysctls) {
    await writeFile(join("/proc/sys", name), value).catch(() => undefined); // some are read-only
  }
  if (left.modulesFolder) await rmdir(MODULES_FOLDER).catch(() => undefined);
}

async function restoreFirewall(
  shell: Shell,
  { program, family }: { program: string; family: string },
  { restore, emptyTables }: FirewallUndo,
  path: string,
): Promise<void> {
  if (restore !== "") {
    const file = `${path}.${program}`;
    await writeFile(file, restore);
    await shell.must(program, ["--noflush", file]);
    await rm(file);
  }
  // iptables cannot delete a table. With legacy iptables there is no nft table, and the command does nothing.
  for (const table of emptyTables) await shell.run("nft", ["delete", "table", family, table]);
}

async function otherClusters({ name, paths }: Session): Promise<string[]> {
  return (await listClusters(paths.clusters)).filter((other) => other !== name);
}

async function locked(session: Session, work: (path: string) => Promise<void>): Promise<void> {
  const path = join(session.paths.clusters, "host-before.json");
  await mkdir(session.paths.clusters, { recursive: true });
  await withHostLock(path, { purpose: "reads or restores the host" }, () => work(path));
}

async function readBefore(path: string): Promise<HostSnapshot | null> {
  try {
    return snapshotSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}

async function writeBefore(path: string, snapshot: HostSnapshot): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(snapshot, null, 1));
  await rename(`${path}.new`, path);
}
