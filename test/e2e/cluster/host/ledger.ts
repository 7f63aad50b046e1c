// Things of the host that all clusters share (firewall chains, kernel settings, podman's cgroup): the first cluster in
// writes down how they were, the last one out puts them back. A cluster is in while its state file is there.
import { mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../process/lock.ts";
import type { Shell } from "../process/shell.ts";
import type { Session } from "../session.ts";
import { begunClusters, type ClusterState, removeState, writeState } from "../state.ts";
import type { FirewallUndo } from "./firewall.ts";
import { type HostSnapshot, leftovers, snapshotSchema } from "./snapshot.ts";
import { MODULES_FOLDER, NAMESPACES_FOLDER, takeSnapshot } from "./take.ts";

/** Before anything on the host is changed for the cluster. */
export async function enterHost(session: Session, state: ClusterState): Promise<void> {
  await locked(session, async (path) => {
    const now = await takeSnapshot(session.cache.shell);
    const before = await readBefore(path);
    const others = await otherClusters(session);
    if (before === null || others.length === 0 || before.boot !== now.boot) await writeBefore(path, now);
    await writeState(session.folder, state);
    if (state.engine.name === "podman") await mkdir(MODULES_FOLDER, { recursive: true });
  });
}

/** After everything of the cluster's own is gone. Its state file goes last: until then, `down` does all of it again. */
export async function leaveHost(session: Session, state: ClusterState): Promise<void> {
  await locked(session, async (path) => {
    if ((await otherClusters(session)).length === 0) {
      const before = await readBefore(path);
      if (before !== null && (await isIdle(session, state))) await restore(session.cache.shell, before, path);
      await rm(path, { force: true });
    }
    await removeState(session.folder);
  });
}

/** Whether podman has no container of anybody's, a build's working container included. Docker looks after itself. */
async function isIdle({ cache }: Session, { engine }: ClusterState): Promise<boolean> {
  if (engine.name === "docker") return false;
  const running = await cache.shell.must("podman", ["ps", "--external", "--all", "--quiet"], {
    env: engine.env,
  });
  if (running.trim() === "") return true;
  cache.log(
    "podman has containers that are not ours: the firewall chains and settings they share are left as they are",
  );
  return false;
}

/** Puts back what differs. What is in use again by now refuses to go, and that is right. */
async function restore(shell: Shell, before: HostSnapshot, path: string): Promise<void> {
  const now = await takeSnapshot(shell);
  if (now.boot !== before.boot) return;
  const left = leftovers(before, now);
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
    await writeFile(join("/proc/sys", name), value).catch(() => undefined); // some may be written by no one
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
  // iptables itself cannot delete a table. Where it is the old, not the nft one, there is no such table and no harm.
  for (const table of emptyTables) await shell.run("nft", ["delete", "table", family, table]);
}

async function otherClusters({ name, paths }: Session): Promise<string[]> {
  return (await begunClusters(paths.clusters)).filter((other) => other !== name);
}

async function locked(session: Session, work: (path: string) => Promise<void>): Promise<void> {
  const path = join(session.paths.clusters, "host-before.json");
  await mkdir(session.paths.clusters, { recursive: true });
  await withLock(path, { purpose: "reads or restores the host" }, () => work(path));
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
