// Which changes of the host are reverted, and which are kept because others made them.
import assert from "node:assert/strict";
import { undoFirewall } from "./host/firewall.ts";
import { findLeftovers, type HostSnapshot } from "./host/snapshot.ts";
import { mountPoints } from "./host/take.ts";

const empty: HostSnapshot = {
  boot: "b",
  mounts: ["/", "/proc"],
  links: ["lo", "eth0"],
  namespaces: ["cni-1"],
  cgroups: [],
  firewall: { iptables: "", ip6tables: "" },
  sysctls: { "kernel/panic": "1", "vm/overcommit_memory": "0" },
  modulesFolder: false,
  engines: [],
};
/** The leftovers if only podman was used. */
const leftByPodman = (before: HostSnapshot, now: HostSnapshot) =>
  findLeftovers(before, now, { podman: true, dockerBridges: [] });

const nat = (...lines: string[]): string =>
  ["*nat", ":PREROUTING ACCEPT [0:0]", ...lines, "COMMIT", ""].join("\n");
const engineChains = [
  ":CNI-HOSTPORT-DNAT - [0:0]",
  "-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
];
const foreign = [":MINE - [0:0]", "-A PREROUTING -p tcp -j MINE", "-A MINE -j RETURN"];

describe("leftovers of a cluster on the host", () => {
  it("are empty if nothing differs", () => {
    const left = leftByPodman(empty, empty);
    assert.deepEqual([left.mounts, left.links, left.cgroups, left.sysctls], [[], [], [], []]);
    assert.equal(left.modulesFolder, false);
  });

  it("are removed in reverse order of creation", () => {
    const cgroups = ["/sys/fs/cgroup/cpu/libpod_parent", "/sys/fs/cgroup/cpu/libpod_parent/libpod-1"];
    const mounts = [
      ...empty.mounts,
      "/var/lib/containers/storage/overlay",
      "/var/lib/containers/storage/overlay/a/merged",
    ];
    const left = leftByPodman(empty, {
      ...empty,
      cgroups,
      mounts,
      namespaces: ["cni-1", "mine", "netns-0a-1b"],
    });
    assert.deepEqual(left.namespaces, ["netns-0a-1b"]);
    assert.deepEqual(left.cgroups, [...cgroups].reverse());
    assert.deepEqual(left.mounts, [mounts[3], mounts[2]]);
  });

  it("exclude what others added in the meantime", () => {
    const now = {
      ...empty,
      mounts: [...empty.mounts, "/mnt/disk"],
      links: [...empty.links, "wg0", "docker0"],
    };
    const left = leftByPodman(empty, { ...now, cgroups: ["/sys/fs/cgroup/cpu/docker"] });
    assert.deepEqual([left.mounts, left.links, left.cgroups], [[], [], []]);
  });

  it("exclude what existed before", () => {
    const before = { ...empty, links: ["lo", "cni-podman0"], modulesFolder: true };
    const left = leftByPodman(before, { ...before, links: ["lo", "cni-podman0", "cni-podman1"] });
    assert.deepEqual(left.links, ["cni-podman1"]);
    assert.equal(left.modulesFolder, false);
  });

  it("include changed kernel settings with their earlier values", () => {
    const now = { ...empty, sysctls: { ...empty.sysctls, "kernel/panic": "10" } };
    assert.deepEqual(leftByPodman(empty, now).sysctls, [["kernel/panic", "1"]]);
  });

  it("with Docker, include only what the node changes, never what Docker's networks need", () => {
    const before = { ...empty, sysctls: { ...empty.sysctls, "net/ipv4/ip_forward": "0" } };
    const now = {
      ...empty,
      links: [...empty.links, "cni-podman0"],
      cgroups: ["/sys/fs/cgroup/cpu/libpod_parent"],
      firewall: { iptables: nat(...engineChains), ip6tables: "" },
      sysctls: { "kernel/panic": "10", "vm/overcommit_memory": "0", "net/ipv4/ip_forward": "1" },
      modulesFolder: true,
    };
    const left = findLeftovers(before, now, { podman: false, dockerBridges: ["ipv4"] });
    assert.deepEqual([left.links, left.cgroups, left.firewall.iptables.restore], [[], [], ""]);
    assert.deepEqual([left.sysctls, left.modulesFolder], [[["kernel/panic", "1"]], true]);
    const both = findLeftovers(before, now, { podman: true, dockerBridges: ["ipv4"] });
    assert.deepEqual([both.links, both.sysctls], [["cni-podman0"], [["kernel/panic", "1"]]]);
    const withoutBridge = findLeftovers(before, now, { podman: false, dockerBridges: [] });
    assert.deepEqual(withoutBridge.sysctls, leftByPodman(before, now).sysctls);
    assert.equal(withoutBridge.sysctls.length, 2);
    const ipv6 = "net/ipv6/conf/all/forwarding";
    const forwarded = (value: string): HostSnapshot => ({ ...empty, sysctls: { [ipv6]: value } });
    const taken = (...dockerBridges: readonly ("ipv4" | "ipv6")[]) =>
      findLeftovers(forwarded("0"), forwarded("1"), { podman: false, dockerBridges }).sysctls;
    assert.deepEqual([taken("ipv4"), taken("ipv4", "ipv6")], [[[ipv6, "0"]], []]);
  });

  it("include mount points with spaces", () => {
    assert.deepEqual(mountPoints("proc /proc proc rw 0 0\n/dev/sda /a\\040b ext4 rw 0 0\n"), [
      "/proc",
      "/a b",
    ]);
  });
});

describe("leftover firewall rules of a cluster", () => {
  it("are removed with their table if the table is new", () => {
    const undo = undoFirewall("", nat(...engineChains));
    assert.deepEqual(undo.restore.split("\n"), [
      "*nat",
      "-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
      "-F CNI-HOSTPORT-DNAT",
      "-X CNI-HOSTPORT-DNAT",
      "COMMIT",
      "",
    ]);
    assert.deepEqual(undo.emptyTables, ["nat"]);
  });

  it("exclude the rules of others, and a table that holds them", () => {
    const undo = undoFirewall("", nat(...foreign, ...engineChains));
    assert.doesNotMatch(undo.restore, /MINE/);
    assert.deepEqual(undo.emptyTables, []);
  });

  it("exclude the engine's rules that existed before", () => {
    const undo = undoFirewall(nat(...engineChains), nat(...engineChains, "-A CNI-HOSTPORT-DNAT -j ACCEPT"));
    assert.deepEqual(undo.restore.split("\n"), ["*nat", "-D CNI-HOSTPORT-DNAT -j ACCEPT", "COMMIT", ""]);
    assert.deepEqual(undo.emptyTables, []);
  });

  it("are empty if no rule was added", () => {
    const text = nat(...foreign);
    assert.deepEqual(undoFirewall(text, text), { restore: "", emptyTables: [] });
  });
});
