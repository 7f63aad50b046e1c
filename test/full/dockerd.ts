// A private Docker daemon for a machine where none runs. It has its own PID and mount namespaces, so that the kernel
// ends its containers and mounts with it in any case. It changes no firewall rules and no forwarding: a cluster on
// podman may run at the same time.
import { access, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { explainDockerSilence } from "../e2e/cluster/engine/probe.ts";
import { ClusterError, InterruptedError } from "../e2e/cluster/failure.ts";
import { listCgroups, listLinks } from "../e2e/cluster/host/take.ts";
import { type Outcome, Shell } from "../e2e/cluster/process/shell.ts";
import { listMissing, readBoundingSet } from "./capabilities.ts";

/** A daemon that answers. */
export interface Dockerd {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Ends it and removes everything: containers, images, bridges, cgroups, files. */
  stop(): Promise<void>;
}

/** Time limit for the first answer; one second is usual. */
const PATIENCE_MS = 60_000;

/**
 * Folders to which dockerd and containerd write regardless of their flags. In the daemon's namespace each is a tmpfs.
 */
const FIXED_FOLDERS = ["/etc/docker", "/opt/containerd", "/run/containerd", "/run/docker"];

/** Arguments: the folders to cover, "--", the command. The shell stays, since process 1 must reap orphans. */
const COVER_FOLDERS = `
while [ "$1" != -- ]; do mkdir -p "$1"; mount -t tmpfs -o mode=0755 none "$1"; shift; done
shift
"$@"
exit $?`;

/** @param children folder of notes about running child processes, for Shell */
export async function startDockerd(
  children: string,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<Dockerd> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-dockerd-"));
  const before = { links: await listLinks(), missing: await listAbsent(FIXED_FOLDERS) };
  const host = `unix://${folder}/docker.sock`;
  // Its own signal: the caller's aborts the work, but this daemon must run until the cluster is removed.
  const end = new AbortController();
  const running = runDaemon(new Shell(children, end.signal), folder, host, await writeRuntime(folder, log));
  const stop = async (): Promise<void> => {
    end.abort();
    await running;
    await removeBridges(before.links);
    await removeCgroups(basename(folder));
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    // A folder that is not empty any more belongs to another process.
    for (const made of before.missing) await rmdir(made).catch(() => undefined);
  };
  try {
    await untilAnswers(new Shell(children, signal), host, running);
  } catch (error) {
    await stop();
    throw error;
  }
  log(`started a Docker daemon at ${host}`);
  return { host, stop };
}

/** Resolves when the daemon has ended: with its outcome, or null if this program ended it. */
async function runDaemon(
  shell: Shell,
  folder: string,
  host: string,
  runtime: string | null,
): Promise<Outcome | null> {
  const dockerd = [
    "dockerd",
    `--host=${host}`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/pid`,
    "--log-level=warn",
    // The cluster's network needs neither: the API server's port is served by docker-proxy, and images are loaded from
    // files.
    ..."--bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false".split(" "),
    "--exec-opt=native.cgroupdriver=cgroupfs",
    `--cgroup-parent=/${basename(folder)}`,
    ...(runtime === null ? [] : [`--add-runtime=limited=${runtime}`, "--default-runtime=limited"]),
  ];
  const namespaces = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const script = ["sh", "-ec", COVER_FOLDERS, "sh", ...FIXED_FOLDERS, "--"];
  try {
    return await shell.run("unshare", [...namespaces, ...script, ...dockerd]);
  } catch (error) {
    if (error instanceof InterruptedError) return null;
    throw error;
  }
}

/** A runtime that omits the capabilities that this host lacks; null if it lacks none. */
async function writeRuntime(folder: string, log: (line: string) => void): Promise<string | null> {
  const available = readBoundingSet(await readFile("/proc/self/status", "utf8"));
  const missing = listMissing(available, await readFile("/proc/sys/kernel/cap_last_cap", "utf8"));
  if (missing.length === 0) return null;
  log(`this host lacks ${missing.join(", ")}: the daemon's containers run without these capabilities`);
  const path = join(folder, "runtime");
  const program = join(import.meta.dirname, "runtime.ts");
  await writeFile(
    path,
    `#!/bin/sh -e
case " $* " in *" create "*|*" exec "*) '${process.execPath}' '${program}' "$@" ;; esac
exec runc "$@"
`,
    { mode: 0o755 },
  );
  return path;
}

async function untilAnswers(shell: Shell, host: string, running: Promise<Outcome | null>): Promise<void> {
  let ended: Outcome | null = null;
  void running.then((outcome) => {
    ended = outcome;
  });
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const reason = await explainDockerSilence(shell, { DOCKER_HOST: host });
    if (reason === null) return;
    if (ended !== null) throw new ClusterError(`dockerd ended: ${lastLines(ended)}`);
    if (Date.now() > deadline) {
      throw new ClusterError(`dockerd does not answer after ${PATIENCE_MS / 1000} s: ${reason}`);
    }
    await sleep(200);
  }
}

const lastLines = ({ code, stderr }: Outcome): string =>
  `exit code ${code}, ${stderr.trim().split("\n").slice(-3).join("; ")}`;

async function listAbsent(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map((folder) =>
      access(folder).then(
        () => true,
        () => false,
      ),
    ),
  );
  return folders.filter((_, index) => found[index] !== true);
}

/** Bridges outlive a killed daemon. A bridge that has members belongs to another daemon. */
async function removeBridges(before: readonly string[]): Promise<void> {
  const shell = new Shell(tmpdir(), new AbortController().signal);
  for (const name of await listLinks()) {
    if (!/^br-[0-9a-f]{12}$/.test(name) || before.includes(name)) continue;
    const isFree = async (): Promise<boolean> =>
      (await readdir(`/sys/class/net/${name}/brif`).catch(() => [])).length === 0;
    if (await comesTrue(isFree)) await shell.must("ip", ["link", "delete", name]);
  }
}

async function removeCgroups(name: string): Promise<void> {
  const isGone = async (): Promise<boolean> => {
    const left = (await listCgroups(name)).sort().reverse();
    for (const cgroup of left) await rmdir(cgroup).catch(() => undefined);
    return left.length === 0;
  };
  if (await comesTrue(isGone)) return;
  throw new ClusterError(`an ended Docker daemon left cgroups: find /sys/fs/cgroup -name '${name}*'`);
}

/** The kernel frees cgroups and network interfaces a moment after their last process. */
async function comesTrue(condition: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 50; tries += 1) {
    if (await condition()) return true;
    await sleep(100);
  }
  return false;
}
