// Capabilities of this host, and those that a container requests. Pure; runtime.ts reads and writes the files.

/** By bit in a mask of /proc/PID/status (capabilities(7)). */
const NAMES = [
  ..."CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE".split(" "),
  ..."NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO".split(" "),
  ..."SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME".split(" "),
  ..."SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG".split(" "),
  ..."WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE".split(" "),
].map((name) => `CAP_${name}`);

/** The bounding set in the text of /proc/PID/status: a child process cannot get more. */
export function readBoundingSet(status: string): ReadonlySet<string> {
  const hex = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (hex === undefined) throw new Error("/proc/PID/status has no CapBnd line");
  const mask = BigInt(`0x${hex}`);
  return new Set(NAMES.filter((_, bit) => ((mask >> BigInt(bit)) & 1n) === 1n));
}

/** Capabilities that the kernel knows and the host lacks. @param last text of /proc/sys/kernel/cap_last_cap */
export function listMissing(available: ReadonlySet<string>, last: string): string[] {
  return NAMES.slice(0, Number(last) + 1).filter((name) => !available.has(name));
}

/** The fields of a process in the OCI runtime specification that are changed. */
export interface OciProcess {
  readonly capabilities?: Readonly<Record<string, readonly string[]>>;
}

/** The process with only the available capabilities, in each of its sets. */
export function limitCapabilities<T extends OciProcess>(process: T, available: ReadonlySet<string>): T {
  if (process.capabilities === undefined) return process;
  const sets = Object.entries(process.capabilities).map(([set, names]) => [
    set,
    names.filter((name) => available.has(name)),
  ]);
  return { ...process, capabilities: Object.fromEntries(sets) };
}

/**
 * The JSON file with the process of a runc command: the bundle's configuration for `create`, the file of --process for
 * `exec`. Null for other commands. @param args arguments of runc from containerd's shim
 */
export function findProcessFile(args: readonly string[]): { path: string; isBundle: boolean } | null {
  const after = (...flags: string[]): string | undefined =>
    args.find((_, index) => flags.includes(args[index - 1] ?? ""));
  if (args.includes("create")) {
    return { path: `${after("--bundle", "-b") ?? "."}/config.json`, isBundle: true };
  }
  const path = args.includes("exec") ? after("--process", "-p") : undefined;
  return path === undefined ? null : { path, isBundle: false };
}
