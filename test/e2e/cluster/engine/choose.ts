// Decisions about the container engine, from the answers of Docker, podman and the kernel. Pure; probe.ts queries them.
export type EngineName = "docker" | "podman";

/** The host as the engine and the kernel report it. */
export interface HostFacts {
  readonly cgroupVersion: 1 | 2;
  /** Hard limits of this process; Infinity if there is no limit. */
  readonly hardFiles: number;
  readonly hardProcesses: number;
  /** CAP_SYS_RESOURCE: limits may be raised and OOM scores lowered. */
  readonly canRaiseLimits: boolean;
}

/** Changes that the node needs on this host. All false if there are no restrictions. */
export interface HostNeeds {
  /** kubelet and containerd manage cgroups themselves, since systemd cannot do it in a node on cgroup v1. */
  readonly cgroupfs: boolean;
  /** No negative OOM scores and no raised limits: the kernel denies them without CAP_SYS_RESOURCE. */
  readonly restricted: boolean;
}

/** Chooses Docker if its daemon answers, otherwise podman; `why` is for the log. */
export function chooseClusterEngine(
  docker: { readonly info: { readonly ServerVersion: string } } | { readonly reason: string },
): { name: EngineName; why: string } {
  if ("info" in docker) return { name: "docker", why: `Docker ${docker.info.ServerVersion} answers` };
  return { name: "podman", why: `Docker does not answer: ${docker.reason}` };
}

/** This host's requirements for the node image and the cluster's configuration. */
export function deriveHostNeeds(facts: HostFacts): HostNeeds {
  return { cgroupfs: facts.cgroupVersion === 1, restricted: !facts.canRaiseLimits };
}

/** podman requests this many open files and processes for root's containers, whatever its own limits are. */
const PODMAN_DEFAULT_LIMIT = 1_048_576;

/**
 * The containers.conf that podman needs on this host. It is passed in CONTAINERS_CONF, so that other uses of podman are
 * unaffected.
 */
export function renderContainersConf(facts: HostFacts): string {
  // podman's default limit of 2048 is meant for one program, but a node runs all pods, some of them in Java.
  const containers = ["pids_limit = 0"];
  const engine: string[] = [];
  if (!facts.canRaiseLimits && Math.min(facts.hardFiles, facts.hardProcesses) < PODMAN_DEFAULT_LIMIT) {
    const files = Math.min(facts.hardFiles, PODMAN_DEFAULT_LIMIT);
    // The limit counts all processes of the user, also on the host; an eighth remains for those.
    const processes = Math.floor(Math.min(facts.hardProcesses, PODMAN_DEFAULT_LIMIT) / 8);
    containers.push(`default_ulimits = ["nofile=${files}:${files}", "nproc=${processes}:${processes}"]`);
  }
  // crun 1.8: "cgroups in hybrid mode not supported".
  if (facts.cgroupVersion === 1) engine.push('runtime = "runc"');
  return ["[containers]", ...containers, "[engine]", ...engine, ""].join("\n");
}
