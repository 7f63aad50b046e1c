// Debian packages that the work needs, looked for by a file of theirs, so that another origin of the program counts too.
import { access } from "node:fs/promises";
import { ClusterError } from "../failure.ts";
import type { Shell } from "../process/shell.ts";

/** A package and its files, any of which proves that it is installed. A bare name is looked up on PATH. */
export interface Requirement {
  readonly package: string;
  readonly anyOf: readonly string[];
}

const program = (name: string, from: string = name): Requirement => ({ package: from, anyOf: [name] });

/** To run a cluster with podman. */
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

/** To run a Docker daemon of our own. */
export const DOCKERD: readonly Requirement[] = [
  program("dockerd", "docker.io"),
  program("docker", "docker.io"),
  program("containerd"),
  program("runc"),
  program("iptables"),
  program("ip", "iproute2"),
  program("unshare", "util-linux"),
];

/** To build the node image. */
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
  /** One line for people. */
  readonly log: (line: string) => void;
}

/** Sees to it that the packages are there: installs them where allowed, else throws with the command to run. */
export async function ensurePackages(shell: Shell, needed: readonly Requirement[], policy: InstallPolicy) {
  const missing = await findMissingPackages(needed);
  if (missing.length === 0) return;
  if (!policy.allowed || process.getuid?.() !== 0) throw new ClusterError(describeMissingPackages(missing));
  policy.log(`installing ${missing.join(" ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // another of ours may be installing: `.ci/run` builds beside its suites
  const args = ["install", "-y", "-qq", "--no-install-recommends", "-o", LOCK_PATIENCE, ...missing];
  const first = await shell.run("apt-get", args, { env });
  if (first.code === 0) return;
  // No package lists yet, or lists that name what the mirror no longer has.
  await shell.must("apt-get", ["update", "-qq"], { env });
  await shell.must("apt-get", args, { env });
}

/** In seconds; without it apt-get gives up at once where another apt-get or dpkg is at work. */
const LOCK_PATIENCE = "DPkg::Lock::Timeout=600";

/** The fault and the command that fixes it. */
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
