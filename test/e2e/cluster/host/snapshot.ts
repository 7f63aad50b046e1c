// The state of the host before the first cluster, and what must be restored after the last one. Pure; take.ts reads it
// and ledger.ts acts.
import * as z from "zod";
import { type FirewallUndo, undoFirewall } from "./firewall.ts";

/** What a node in a container changes outside its container. */
export const snapshotSchema = z.object({
  /** A reboot resets everything except for the folder, so a snapshot of another boot is void. */
  boot: z.string(),
  mounts: z.array(z.string()),
  links: z.array(z.string()),
  /** Files in /run/netns: a killed podman leaves one without a namespace. */
  namespaces: z.array(z.string()),
  cgroups: z.array(z.string()),
  firewall: z.object({ iptables: z.string(), ip6tables: z.string() }),
  sysctls: z.record(z.string(), z.string()),
  /** /lib/modules: kind mounts it into the node, and a machine without modules does not have it. */
  modulesFolder: z.boolean(),
  /** Engines that our clusters have used since then. Earlier versions only restored changes by podman. */
  engines: z.array(z.enum(["docker", "podman"])).default(["podman"]),
});
export type HostSnapshot = Readonly<z.infer<typeof snapshotSchema>>;

/** What exists now and did not before. Lists are in the order of removal. */
export interface Leftovers {
  readonly mounts: readonly string[];
  readonly links: readonly string[];
  readonly namespaces: readonly string[];
  readonly cgroups: readonly string[];
  readonly firewall: { readonly iptables: FirewallUndo; readonly ip6tables: FirewallUndo };
  /** Name and earlier value. */
  readonly sysctls: readonly (readonly [name: string, value: string])[];
  readonly modulesFolder: boolean;
}

/** Settings that every bridge network needs. */
const FORWARDING: Readonly<Record<Family, RegExp>> = {
  ipv4: /^net\/ipv4\/(ip_forward$|conf\/(all|default)\/)/,
  ipv6: /^net\/ipv6\/conf\/(all|default)\//,
};

/** Only names that podman uses: others may have created mounts or bridges in the meantime. */
const OURS = {
  mount: /^(\/var\/lib\/containers\/|\/run\/netns\/|\/run\/containers\/)/,
  link: /^(cni-podman|podman)[0-9]+$/,
  namespace: /^netns-[0-9a-f-]+$/,
  cgroup: /\/libpod_parent(\/|$)/,
};

const NO_RULES: FirewallUndo = { restore: "", emptyTables: [] };

export type Family = "ipv4" | "ipv6";

/** What happened between two snapshots. */
export interface Between {
  /** Whether clusters of ours used podman. Docker removes its mounts, links, cgroups and rules itself. */
  readonly podman: boolean;
  /** IP families of Docker's bridge networks now: its daemon may have enabled forwarding in the meantime. */
  readonly dockerBridges: readonly Family[];
}

/** The difference between two snapshots of one boot. A node changes kernel settings and the modules' folder. */
export function findLeftovers(before: HostSnapshot, now: HostSnapshot, between: Between): Leftovers {
  const { podman, dockerBridges } = between;
  const added = (name: "mounts" | "links" | "namespaces" | "cgroups", ours: RegExp): string[] =>
    // Deepest first: a folder is removed before the one it is in.
    now[name]
      .filter((item) => podman && ours.test(item) && !before[name].includes(item))
      .sort()
      .reverse();
  return {
    mounts: added("mounts", OURS.mount),
    links: added("links", OURS.link),
    namespaces: added("namespaces", OURS.namespace),
    cgroups: added("cgroups", OURS.cgroup),
    firewall: {
      iptables: podman ? undoFirewall(before.firewall.iptables, now.firewall.iptables) : NO_RULES,
      ip6tables: podman ? undoFirewall(before.firewall.ip6tables, now.firewall.ip6tables) : NO_RULES,
    },
    sysctls: Object.entries(before.sysctls).filter(
      ([name, value]) =>
        (now.sysctls[name] ?? value) !== value &&
        !dockerBridges.some((family) => FORWARDING[family].test(name)),
    ),
    modulesFolder: !before.modulesFolder && now.modulesFolder,
  };
}
