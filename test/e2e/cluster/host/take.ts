// Reads a snapshot of the host and changes nothing. It does not run podman, which may change the host.
import { access, readdir, readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Shell } from "../process/shell.ts";
import type { HostSnapshot } from "./snapshot.ts";

export const MODULES_FOLDER = "/lib/modules";
export const NAMESPACES_FOLDER = "/run/netns";

/**
 * Kernel settings that a node changes for the whole machine, found by comparing all settings: by systemd's sysctl.d in
 * the node, the kubelet (panic, overcommit, keys) and the network plugins (forwarding). Listed in the order of
 * restoring, since `all` and `default` of forwarding write to every interface.
 */
const SYSCTLS = [
  ..."net/ipv4/ip_forward net/ipv6/conf/all/forwarding net/ipv6/conf/default/forwarding".split(" "),
  ..."net/ipv4/conf/all/route_localnet kernel/panic kernel/panic_on_oops kernel/pid_max".split(" "),
  ..."kernel/keys/root_maxkeys kernel/keys/root_maxbytes kernel/core_pattern kernel/sysrq".split(" "),
  ..."vm/overcommit_memory vm/panic_on_oom vm/max_map_count fs/file-max fs/nr_open".split(" "),
  ..."fs/protected_fifos fs/protected_hardlinks fs/protected_regular fs/protected_symlinks".split(" "),
  ..."fs/inotify/max_user_instances fs/inotify/max_user_watches".split(" "),
  ..."net/netfilter/nf_conntrack_max net/netfilter/nf_conntrack_tcp_timeout_established".split(" "),
  "net/netfilter/nf_conntrack_tcp_timeout_close_wait",
];

export async function takeSnapshot(shell: Shell): Promise<HostSnapshot> {
  const save = async (program: string): Promise<string> => (await shell.run(program, [])).stdout;
  return {
    boot: (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim(),
    mounts: mountPoints(await readFile("/proc/self/mounts", "utf8")),
    links: await listLinks(),
    namespaces: await readdir(NAMESPACES_FOLDER).catch(() => []),
    cgroups: await listCgroups("libpod_parent"),
    firewall: { iptables: await save("iptables-save"), ip6tables: await save("ip6tables-save") },
    sysctls: Object.fromEntries(await readSysctls()),
    modulesFolder: await access(MODULES_FOLDER).then(
      () => true,
      () => false,
    ),
    engines: [],
  };
}

/** Mount points in /proc/self/mounts. */
export function mountPoints(mounts: string): string[] {
  const points = mounts.split("\n").flatMap((line) => line.split(" ").slice(1, 2));
  return points.map((point) => point.replaceAll("\\040", " "));
}

/** Names of the network interfaces. */
export const listLinks = (): Promise<string[]> =>
  readdir("/sys/class/net").catch(() => Object.keys(networkInterfaces()));

/**
 * The folders of a top-level cgroup and its descendants: one for each controller on version 1, a single one on version
 * 2 without systemd.
 */
export async function listCgroups(name: string): Promise<string[]> {
  const root = "/sys/fs/cgroup";
  const controllers = ["", ...(await readdir(root).catch(() => []))];
  const found = controllers.map(async (controller) => {
    const parent = join(root, controller, name);
    const inside = await readdir(parent, { recursive: true, withFileTypes: true }).catch(() => null);
    if (inside === null) return [];
    const folders = inside
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    return [parent, ...folders];
  });
  return (await Promise.all(found)).flat();
}

async function readSysctls(): Promise<[string, string][]> {
  const read = async (name: string): Promise<[string, string][]> => {
    const value = await readFile(join("/proc/sys", name), "utf8").catch(() => null);
    return value === null ? [] : [[name, value.trim()]];
  };
  return (await Promise.all(SYSCTLS.map(read))).flat();
}
