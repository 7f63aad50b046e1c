// Required Debian packages. Each is detected by one of its files, so that a program from another source counts, too.
import { access } from "node:fs/promises";
import { ClusterError } from "../failure.ts";
import type { Shell } from "../process/shell.ts";

/** A package and its files, any of which proves that it is installed. A bare name is looked up on PATH. */
export interface Requirement {
  readonly package: string;
  readonly anyOf: readonly string[];
}

const program = (name: string, from: string = name): Requirement => ({ package: from, anyOf: [name] });

/** Packages for a cluster with podman. */
export const PODMAN: readonly Requirement[] = [
  program("podman"),
  program("runc"),
  program("conmon"),
  program("iptables"),
  program("nft", "nftables"),
  {
    package: "containernetworking-plugins",
    anyOf: [
      "/usr/lib/cni/bridge",
      "/opt/cni/bin/bridge",
      "/usr/libexec/cni/bridge",
      "/usr/lib/podman/netavark",
    ],
  },
];

/** Packages for a Docker daemon of our own. */
export const DOCKERD: readonly Requirement[] = [
  program("dockerd", "docker.io"),
  program("docker", "docker.io"),
  program("containerd"),
  program("runc"),
  program("iptables"),
  program("ip", "iproute2"),
  program("unshare", "util-linux"),
];

/** Packages for building the node image. */
export const IMAGE_BUILD: readonly Requirement[] = [
  program("mmdebstrap"),
  program("gcc"),
  program("pkg-config"),
  { package: "debian-archive-keyring", anyOf: ["/usr/share/keyrings/debian-archive-keyring.gpg"] },
  { package: "ca-certificates", anyOf: ["/etc/ssl/certs/ca-certificates.crt"] },
  { package: "libseccomp-dev", anyOf: ["/usr/include/seccomp.h"] },
  // Static linking of runc and pause needs the C library's headers and archive.
  { package: "libc6-dev", anyOf: ["/usr/include/stdio.h"] },
];

/** How packages are installed: by this program if the caller allows it, else by the user. */
export interface InstallPolicy {
  readonly allowed: boolean;
  /** Prints one line. */
  readonly log: (line: string) => void;
}

/** Ensures that packages are installed: installs them if allowed, otherwise throws with the command to run. */
export async function ensurePackages(shell: Shell, needed: readonly Requirement[], policy: InstallPolicy) {
  const missing = await findMissingPackages(needed);
  if (missing.length === 0) return;
  if (!policy.allowed || process.getuid?.() !== 0) throw new ClusterError(describeMissingPackages(missing));
  policy.log(`installing ${missing.join(" ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // another process of ours may be installing: `.ci/run` builds while its suites run
  const args = ["install", "-y", "-qq", "--no-install-recommends", "-o", LOCK_PATIENCE, ...missing];
  const first = await shell.run("apt-get", args, { env });
  if (first.code === 0) return;
  // There are no package lists yet, or they are outdated.
  await shell.must("apt-get", ["update", "-qq"], { env });
  await shell.must("apt-get", args, { env });
}

/** In seconds; without it apt-get fails immediately while another apt-get or dpkg runs. */
const LOCK_PATIENCE = "DPkg::Lock::Timeout=600";

/** The error and the command that solves it. */
export function describeMissingPackages(missing: readonly string[]): string {
  const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  return `this machine lacks ${missing.join(", ")}: run \`${command}\` as root, or give --install (or ROLLCALL_INSTALL=1)`;
}

/** Missing packages, each once, in order. */
export async function findMissingPackages(needed: readonly Requirement[]): Promise<string[]> {
  const missing: string[] = [];
  for (const { package: name, anyOf } of needed) {
    const found = await Promise.all(anyOf.flatMap(places).map(exists));
    if (!found.includes(true) && !missing.includes(name)) missing.push(name);
  }
  return missing;
}

function places(file: string): string[] {
  if (file.startsWith("/")) return [file];
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  return path.split(":").map((folder) => `${folder}/${file}`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
