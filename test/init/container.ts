// Runs a program like a container: with its own read-only root, mounts and processes, a numeric user, and exactly the
// given environment. The mounts are in a namespace that ends with the program, so nothing remains in any case.
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Arch, detectArch } from "../../build/images/arch.ts";
import { attempt } from "../../build/images/command.ts";
import { REGISTER_EMULATOR } from "./emulator.ts";

/** A folder of the host, or an empty tmpfs with mount options, at a path in the container. */
export type Mount = { at: string; folder: string } | { at: string; tmpfs: string };

export interface ContainerSetup {
  /** folder that becomes /; it contains the mount points */
  root: string;
  mounts: readonly Mount[];
  /** user and group */
  user: number;
  env: Readonly<Record<string, string>>;
  argv: readonly string[];
  /** architecture of the root's programs; a foreign one is emulated @default this machine's */
  arch?: Arch;
  /** options of prlimit, e.g. --nofile=32 @default none */
  limits?: readonly string[];
  /** the folder of a cgroup for all its processes @default this process's own */
  cgroup?: string | null;
  /**
   * A program in the root that sets the environment like env. Without it this machine's env does, whose loader obeys
   * variables that are meant for the container.
   */
  setEnv?: readonly string[];
}

export interface ContainerEnd {
  code: number | null;
  /** stdout and stderr */
  output: string;
  /** the text for `kubectl describe pod` */
  terminationMessage: string;
}

export const UMASK = "077";

/** Programs that are required on this machine. */
export const CONTAINER_PROGRAMS = ["unshare", "mount", "chroot", "sh", "env", "prlimit"] as const;

export async function runContainer(container: ContainerSetup): Promise<ContainerEnd> {
  const scratch = await mkdtemp(join(tmpdir(), "rollcall-container-"));
  try {
    return await runWith(container, join(scratch, "termination-log"));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function runWith(container: ContainerSetup, terminationLog: string): Promise<ContainerEnd> {
  await writeFile(terminationLog, "");
  // writable by any user, as the kubelet makes it
  await chmod(terminationLog, 0o666);
  const script = buildScript(container, terminationLog);
  const inNamespaces = [
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "sh",
    "-euc",
    script,
  ] as const;
  const isEmulated = (container.arch ?? detectArch()) !== detectArch();
  const end = await attempt(
    isEmulated ? ["sh", "-euc", WITH_OWN_USERS, "sh", ...inNamespaces] : inNamespaces,
  );
  return {
    code: end.code,
    output: `${end.stdout}${end.stderr}`,
    terminationMessage: await readFile(terminationLog, "utf8"),
  };
}

/** Retries for a minute. */
const untilWorks = (command: string): string =>
  `turns=0; until ${command}; do turns=$((turns + 1)); [ $turns -lt 6000 ] || exit 1; sleep 0.01; done`;

/**
 * Runs its arguments in a user namespace with this machine's users, so that registrations in the kernel are only
 * visible inside.
 */
const WITH_OWN_USERS = `
unshare --user sh -euc '${untilWorks("read -r _ < /proc/self/gid_map")}; exec "$@"' sh "$@" &
${untilWorks("{ echo 0 0 4294967295 > /proc/$!/uid_map; } 2>/dev/null")}
echo 0 0 4294967295 > /proc/$!/gid_map
wait $!`;

function buildScript(
  {
    root,
    mounts,
    user,
    env,
    argv,
    limits = [],
    cgroup = null,
    setEnv = [],
    arch = detectArch(),
  }: ContainerSetup,
  terminationLog: string,
): string {
  const inside = (path: string): string => quoted(join(root, path));
  const bind = (from: string, at: string): string =>
    `touch ${inside(at)}; mount --bind ${quoted(from)} ${inside(at)}`;
  const variables = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
  const setInside = setEnv.length > 0;
  const command = [
    ...(limits.length === 0 ? [] : ["prlimit", ...limits]),
    ...(setInside ? [] : ["env", "-i", ...variables]),
    `"$chroot" --userspec=${user}:${user} --groups= ${inside("/")}`,
    ...(setInside ? [...setEnv.map(quoted), "-i", ...variables] : []),
    ...argv.map(quoted),
  ];
  return [
    ...(cgroup === null ? [] : [`echo 0 > ${quoted(join(cgroup, "cgroup.procs"))}`]),
    ...(arch === detectArch() ? [] : REGISTER_EMULATOR),
    // resolved while PATH is still the host's
    "chroot=$(command -v chroot)",
    `mount --bind ${inside("/")} ${inside("/")}`,
    `mount -t proc proc ${inside("/proc")}`,
    `mount -t tmpfs -o mode=0755 tmpfs ${inside("/dev")}`,
    bind("/dev/null", "/dev/null"),
    bind("/dev/urandom", "/dev/urandom"),
    bind(terminationLog, "/dev/termination-log"),
    ...mounts.map((mount) => mountLine(mount, inside(mount.at))),
    `mount -o remount,bind,ro ${inside("/")}`,
    `umask ${UMASK}`,
    `exec ${command.join(" ")}`,
  ].join("\n");
}

function mountLine(mount: Mount, at: string): string {
  return "folder" in mount
    ? `mount --bind ${quoted(mount.folder)} ${at}`
    : `mount -t tmpfs -o ${mount.tmpfs} tmpfs ${at}`;
}

/** Quotes a word for sh. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
