// Mount namespaces for steps, by util-linux: real root makes them as it is, anybody else in a user namespace of his own.
// A new process namespace goes with each, so that nothing that a step starts outlives it.
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { quoteShellWord } from "../../scaleDown/commands.ts";
import type { FileOwner } from "./folders.ts";

export interface Namespaces {
  /** the words before `sh SCRIPT` */
  readonly enter: readonly string[];
  /** the words that a script puts before a program, so that it runs as the steps' user and with no way to get more */
  readonly become: readonly string[];
  /** whom the folders must belong to; null: whoever runs this */
  readonly owner: FileOwner | null;
}

export interface NoNamespaces {
  /** one line */
  readonly why: string;
  /** what would work: a sentence, and where there is one a command in a line of its own */
  readonly instead: string;
}

/** The programs that mount are not on everybody's PATH. */
export const SETUP_ENV = {
  PATH: [process.env["PATH"], "/usr/sbin", "/usr/bin", "/sbin", "/bin"].filter(Boolean).join(delimiter),
};

/** As in a container (containerd's defaults), without those that reach devices or the kernel's log. */
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

/**
 * Finds out how steps can have a file system of their own here.
 * @param owner whom the steps run as; null: whoever runs this
 */
export function findNamespaces(owner: FileOwner | null): Namespaces | NoNamespaces {
  if (process.platform !== "linux") {
    const why = `${process.platform} has no mount namespaces`;
    return {
      why,
      instead: "Run it on Linux, or in a container there that may mount (docker run --privileged)",
    };
  }
  const ways = process.getuid?.() === 0 ? [asRoot(owner), asUser(owner)] : [asUser(owner)];
  let complaint = "";
  for (const way of ways) {
    const failed = tryOut(way);
    if (failed === null) return way;
    complaint ||= failed;
  }
  return { why: complaint, instead: suggestRemedy(complaint) };
}

const ENTER = ["--mount", "--pid", "--fork", "--kill-child"];

/** The group of signals ends with this program: unshare dies with us, and process 1 of the namespace with it. */
const DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"];

function asRoot(owner: FileOwner | null): Namespaces {
  const who =
    owner === null
      ? [`--bounding-set=-all,${ROOT_IN_A_CONTAINER.map((each) => `+${each}`).join(",")}`]
      : [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups", "--bounding-set=-all"];
  return {
    enter: [...DIES_WITH_US, "unshare", ...ENTER],
    become: ["setpriv", ...who, "--inh-caps=-all", "--no-new-privs", "--"],
    owner,
  };
}

/** Root of a user namespace mounts; the steps run as whoever they would be outside of it. */
function asUser(owner: FileOwner | null): Namespaces {
  const uid = owner?.uid ?? process.getuid?.() ?? 0;
  const gid = owner?.gid ?? process.getgid?.() ?? 0;
  return {
    enter: [...DIES_WITH_US, "unshare", "--user", "--map-root-user", ...ENTER],
    become: [
      ...["unshare", "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"],
      ...["setpriv", "--no-new-privs", "--"],
    ],
    owner: null,
  };
}

/** What a root needs most: a file system in memory, another root, and another user after it. */
const TRIAL =
  'set -e; mount -t tmpfs rollcall "$0"; mkdir "$0/old"; mount --rbind /usr "$0/old"; exec "$@" true';

/** @returns null: it works; otherwise why not */
function tryOut({ enter, become }: Namespaces): string | null {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-trial-"));
  try {
    const [program = "", ...words] = [...enter, "sh", "-c", TRIAL, folder, ...become];
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
  return stderr.trim().split("\n")[0] || `${program} ended with ${signal ?? status}`;
}

function suggestRemedy(complaint: string): string {
  if (/not installed|not found|unrecognized option|invalid option/.test(complaint))
    return "Install unshare, mount and setpriv of util-linux 2.36 or later";
  if (process.getuid?.() === 0)
    return "Start this container with the right to mount: docker run --privileged, or securityContext: {privileged: true}";
  const line = [process.execPath, ...process.argv.slice(1)].map(quoteShellWord).join(" ");
  return `Run it as root, whose steps run as uid 65534\n  sudo ${line}`;
}
