// Makes the daemon read changed files: by its handler of SIGHUP, which suspends it, stops its children, reads the
// settings and starts the children again. Proven by the children's start times. The signal goes to the daemon's first
// process only, and only once it has children: before that it has no handler, and would end by the signal.
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { listDaemonProcesses, stopDaemon } from "../daemon.ts";
import type { Otobo, WhyNot } from "../otobo.ts";

const POLL_INTERVAL_MS = 250;
/** The daemon gives its children 30 s before it kills them. */
const RELOAD_LIMIT_MS = 60_000;
/** A start takes seconds on a busy machine. */
const START_LIMIT_MS = 30_000;

interface DaemonProcess {
  pid: number;
  parent: number;
  /** clock ticks since the machine's start */
  started: number;
}

interface DaemonTree {
  first: DaemonProcess;
  children: DaemonProcess[];
}

/**
 * What the daemon's first process has loaded when it makes its children, which inherit it (measured on 11.0; docs/otobo.md).
 * If a package replaces one of these, the daemon has to start again.
 */
const OF_FIRST_PROCESS =
  /^(?:Custom\/)?(?:bin\/otobo\.Daemon\.pl|Kernel\/cpan-lib\/.+|Kernel\/(?:Language|Output\/HTML\/Layout)\.pm|Kernel\/Config\/Defaults\.pm|Kernel\/System\/(?:Auth|AuthSession|Cache|DB|DateTime|Encode|Group|Log|Main|ModuleRefresh|ObjectManager|User|VariableCheck)\.pm|Kernel\/System\/(?:Cache|DB|Log|Storage|Web)\/.+)$/;

export const isLoadedByFirstProcess = (path: string): boolean => OF_FIRST_PROCESS.test(path);

/** Stops the daemon; the container's entrypoint starts it again within two minutes. */
export async function restartDaemon(otobo: Otobo): Promise<WhyNot> {
  const why = await stopDaemon(otobo, RELOAD_LIMIT_MS / 1000);
  if (why === null)
    otobo.say(
      "the daemon was stopped, because a package replaces what its first process has loaded; the entrypoint starts it again",
    );
  return why;
}

/** @returns null: it reads the files that are in place now, or no daemon runs in this container */
export async function reloadDaemon({
  home,
  say,
  stop,
}: Pick<Otobo, "home" | "say" | "stop">): Promise<WhyNot> {
  const tree = await waitFor(START_LIMIT_MS, stop, async () => {
    const found = await readDaemonTree(home);
    return found === null || found.children.length > 0 ? { found } : null;
  });
  if (tree === null) return "the daemon has no processes of its own yet";
  if (tree.found === null) return null;
  const { first, children } = tree.found;
  if (!sendHangup(first.pid)) return null;
  const told = performance.now();
  // a child that was made while the signal was on its way is one of the old ones, too: the daemon takes a second at least
  const during = (await readDaemonTree(home))?.children ?? [];
  const newest = Math.max(...[...children, ...during].map(({ started }) => started));
  const isDone = await waitFor(RELOAD_LIMIT_MS, stop, async () => {
    const now = await readDaemonTree(home);
    // it was stopped: the next one reads the files anyway
    if (now === null) return { done: true };
    // another first process proves nothing: it may be a child that has outlived the one before
    const isNew = now.children.length > 0 && now.children.every(({ started }) => started > newest);
    return isNew ? { done: true } : null;
  });
  if (isDone === null)
    return `the daemon has processes from before its SIGHUP, ${RELOAD_LIMIT_MS / 1000} s after it`;
  say(
    `the daemon has read the packages' files again, ${((performance.now() - told) / 1000).toFixed(1)} s after its SIGHUP`,
  );
  return null;
}

/** @returns false: it has ended */
function sendHangup(pid: number): boolean {
  try {
    process.kill(pid, "SIGHUP");
    return true;
  } catch {
    return false;
  }
}

async function waitFor<T>(
  limitMs: number,
  stop: AbortSignal,
  look: () => Promise<T | null>,
): Promise<T | null> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== null || stop.aborted || performance.now() >= deadline) return seen;
    await pause(POLL_INTERVAL_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/**
 * The first process of the daemon, and its own children. A task whose worker has ended has none of its processes as its
 * parent either, but started later.
 */
async function readDaemonTree(home: string): Promise<DaemonTree | null> {
  const found = await Promise.all((await listDaemonProcesses(home)).map(readProcess));
  const all = found.filter((each) => each !== null);
  const pids = new Set(all.map(({ pid }) => pid));
  const [first] = all
    .filter(({ parent }) => !pids.has(parent))
    .sort((one, other) => one.started - other.started || one.pid - other.pid);
  return first === undefined ? null : { first, children: all.filter(({ parent }) => parent === first.pid) };
}

/** Parent and start time, fields 4 and 22 of /proc/PID/stat; the name before them may contain spaces. */
async function readProcess(pid: number): Promise<DaemonProcess | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [parent, started] = [Number(fields[1]), Number(fields[19])];
  return Number.isInteger(parent) && Number.isInteger(started) ? { pid, parent, started } : null;
}
