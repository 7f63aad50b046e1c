// Mount and network namespaces for steps, by util-linux and iproute2. Root creates them directly, other users in a user
// namespace. Each has its own process namespace, so no process outlives its step.
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { quoteShellWord } from "../../scaleDown/commands.ts";
import type { FileOwner } from "./folders.ts";

export interface Namespaces {
  /** the command line before `sh SCRIPT` */
  readonly enter: readonly string[];
  /** the command line before a program that runs it as the steps' user without further privileges */
  readonly become: readonly string[];
  /** owner of the folders; null: the current user */
  readonly owner: FileOwner | null;
  /** false: the steps have a network namespace with nothing but its own loopback, which is down at first */
  readonly network: boolean;
}

export interface NoNamespaces {
  /** one line */
  readonly why: string;
  /** a sentence that says what would work, and possibly a command on its own line */
  readonly instead: string;
}

/** mount and unshare are not on every user's PATH. */
export const SETUP_ENV = {
  PATH: [process.env["PATH"], "/usr/sbin", "/usr/bin", "/sbin", "/bin"].filter(Boolean).join(delimiter),
};

/** containerd's default capabilities, without those for devices and the kernel log. */
const ROOT_IN_A_CONTAINER = [
  "chown",
  "dac_override",
  "fowner",
  "fsetid",
  "kill",
  "setgid",
  "setuid",
  "setpcap",
  "net_bind_service",
  "sys_chroot",
];

/** The user that runs the steps, null: the current one; and whether they use this machine's network. */
export interface NamespaceRequest {
  readonly owner: FileOwner | null;
  readonly network: boolean;
}

/** Finds a way to give steps their own file system on this machine, and no network if that is wanted. */
export function findNamespaces(request: NamespaceRequest): Namespaces | NoNamespaces {
  if (process.platform !== "linux") {
    const why = `${process.platform} has no namespaces`;
    return {
      why,
      instead: "Run rollcall on Linux, or in a privileged container (docker run --privileged)",
    };
  }
  const ways = process.getuid?.() === 0 ? [asRoot(request), asUser(request)] : [asUser(request)];
  let why = "";
  for (const way of ways) {
    const failure = testNamespaces(way);
    if (failure === null) return way;
    why ||= failure;
  }
  return { why, instead: suggestRemedy(why) };
}

const ENTER = ["--mount", "--pid", "--fork", "--kill-child"];

/** If this program dies, unshare is killed, and with it process 1 of the namespace. */
const DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"];

const selectFlags = (network: boolean): readonly string[] => (network ? ENTER : [...ENTER, "--net"]);

function asRoot({ owner, network }: NamespaceRequest): Namespaces {
  const who =
    owner === null
      ? [`--bounding-set=-all,${ROOT_IN_A_CONTAINER.map((each) => `+${each}`).join(",")}`]
      : [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups", "--bounding-set=-all"];
  return {
    enter: [...DIES_WITH_US, "unshare", ...selectFlags(network)],
    become: ["setpriv", ...who, "--inh-caps=-all", "--no-new-privs", "--"],
    owner,
    network,
  };
}

/** The root user of a user namespace mounts; the steps run as the user that they would be outside of it. */
function asUser({ owner, network }: NamespaceRequest): Namespaces {
  const uid = owner?.uid ?? process.getuid?.() ?? 0;
  const gid = owner?.gid ?? process.getgid?.() ?? 0;
  return {
    enter: [...DIES_WITH_US, "unshare", "--user", "--map-root-user", ...selectFlags(network)],
    become: [
      ...["unshare", "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"],
      ...["setpriv", "--no-new-privs", "--"],
    ],
    owner: null,
    network,
  };
}

/** A new network namespace has a loopback that is down. */
export const LOOPBACK_UP = "ip link set lo up";

/** Tests what the setup needs: a tmpfs, bind mounts, a change of the user, and the loopback. */
const TEST_SCRIPT =
  'mount -t tmpfs rollcall "$0"; mkdir "$0/old"; mount --rbind /usr "$0/old"; exec "$@" true';

/** @returns null: it works; otherwise the failure */
function testNamespaces({ enter, become, network }: Namespaces): string | null {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-trial-"));
  try {
    const script = ["set -e", ...(network ? [] : [LOOPBACK_UP]), TEST_SCRIPT].join("; ");
    const [program = "", ...words] = [...enter, "sh", "-c", script, folder, ...become];
    return describeSpawnFailure(
      program,
      spawnSync(program, words, { env: SETUP_ENV, encoding: "utf8", timeout: 10_000 }),
    );
  } finally {
    rmdirSync(folder);
  }
}

function describeSpawnFailure(
  program: string,
  { error, status, signal, stderr }: SpawnSyncReturns<string>,
): string | null {
  if (error !== undefined && "code" in error && error.code === "ENOENT") return `${program} is not installed`;
  if (error !== undefined) return error.message;
  if (status === 0) return null;
  return stderr.trim().split("\n")[0] || `${program} exited with ${signal ?? status}`;
}

function suggestRemedy(failure: string): string {
  if (/not installed|not found|unrecognized option|invalid option/.test(failure))
    return "Install unshare, mount and setpriv of util-linux 2.36 or later, and ip of iproute2";
  if (process.getuid?.() === 0)
    return "Run this container with the permission to mount: docker run --privileged, or securityContext: {privileged: true}";
  const line = [process.execPath, ...process.argv.slice(1)].map(quoteShellWord).join(" ");
  return `Run it as root; the steps then run as uid 65534:\n  sudo ${line}`;
}
