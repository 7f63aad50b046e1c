// Stops the daemon. Daemon.pl stop only sends a signal, so this waits for the daemon's processes. A node that leaves
// hands its locked tasks back to the others (docs/research/otobo.md#leaving).
import { readdir, readFile, readlink, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { FINISHED_FLAG } from "../contract/places.ts";
import { describeOtoboEnd, type Otobo, type WhyNot } from "./otobo.ts";
import { TASKS, tasksAnswer } from "./probes/tasks.ts";
import { checkSpoolEmpty, saveSpool } from "./steps/spool.ts";

const POLL_INTERVAL_MS = 500;

/** Stops the daemon and waits until its processes have ended, including tasks. */
export async function stopDaemon(otobo: Otobo, seconds: number): Promise<WhyNot> {
  const { home, start, say } = otobo;
  if ((await listDaemonProcesses(home)).length === 0) return null;
  const complaint = describeOtoboEnd(
    "Daemon.pl stop",
    await start([join(home, "bin/otobo.Daemon.pl"), "stop"]),
  );
  if (complaint !== null) say(complaint);
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const left = await listDaemonProcesses(home);
    if (left.length === 0) return null;
    if (performance.now() >= deadline)
      return `the daemon is still running after ${seconds} s (processes ${left.join(", ")})`;
    await pause(POLL_INTERVAL_MS);
  }
}

/**
 * Stops the daemon for good, so that the entrypoint's watchdog does not start it again, and hands future tasks and
 * mails to the other nodes.
 */
export async function leaveDaemon(otobo: Otobo, seconds: number): Promise<WhyNot> {
  await rm(join(otobo.home, FINISHED_FLAG), { force: true });
  const why = await stopDaemon(otobo, seconds);
  if (why !== null) return why;
  const unsaved = await saveSpool(otobo);
  if (unsaved !== null) return unsaved;
  const request = await otobo.ask(TASKS, tasksAnswer, "hand-back");
  if ("why" in request) return `cannot hand back the future tasks: ${request.why}`;
  const { handedBack, running } = request.answer;
  otobo.say(`${handedBack} future tasks handed back to the other daemons`);
  if (running > 0)
    otobo.say(
      `${running} tasks were started here and have not completed; OTOBO unlocks them after 5 minutes`,
    );
  return null;
}

/** Checks that no daemon of this pod runs, and that no task is locked by its NodeID. */
export async function checkDaemonLeft(otobo: Otobo): Promise<WhyNot> {
  const { home, ask } = otobo;
  const left = await listDaemonProcesses(home);
  if (left.length > 0) return `the daemon is still running (processes ${left.join(", ")})`;
  const request = await ask(TASKS, tasksAnswer, "look");
  if ("why" in request) return `cannot count the future tasks: ${request.why}`;
  const { locked } = request.answer;
  return locked === 0 ? checkSpoolEmpty(otobo) : `${locked} future tasks are still locked by this node`;
}

/** The daemon's processes in this container, including its children. Other containers are not visible. */
export async function listDaemonProcesses(home: string): Promise<number[]> {
  const pids = (await readdir("/proc"))
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const tree = await realpath(home).catch(() => home);
  const found = await Promise.all(pids.map(async (pid) => ((await isDaemon(pid, tree)) ? pid : null)));
  return found.filter((pid) => pid !== null);
}

const SCRIPT = "bin/otobo.Daemon.pl";

/**
 * Children are forks with the same command line. The image's entrypoint starts the daemon by a path relative to the
 * home.
 */
async function isDaemon(pid: number, home: string): Promise<boolean> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  // a stop command, or a probe
  if (words.includes("stop") || words.includes("status")) return false;
  if (words.some((word) => word.includes(`${home}/${SCRIPT}`))) return true;
  const isRelative = words.some((word) => word.replace(/^\.\//, "") === SCRIPT);
  return isRelative && (await readlink(`/proc/${pid}/cwd`).catch(() => "")) === home;
}
