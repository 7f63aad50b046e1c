// The daemon's end: Daemon.pl stop only sends a signal and returns, so what it started is waited for; and what a node
// that goes away has locked is handed back to the others (docs/research/otobo.md#leaving).
import { readdir, readFile, readlink, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { FINISHED_FLAG } from "../contract/places.ts";
import { describeOtoboEnd, type Otobo, type WhyNot } from "./otobo.ts";
import { TASKS, tasksAnswer } from "./probes/tasks.ts";
import { checkSpoolEmpty, saveSpool } from "./steps/spool.ts";

const LOOK_EVERY_MS = 500;

/** Stops the daemon and waits until its processes are gone, tasks included. */
export async function stopDaemon(otobo: Otobo, seconds: number): Promise<WhyNot> {
  const { home, start, say } = otobo;
  if ((await daemonProcesses(home)).length === 0) return null;
  const complaint = describeOtoboEnd(
    "Daemon.pl stop",
    await start([join(home, "bin/otobo.Daemon.pl"), "stop"]),
  );
  if (complaint !== null) say(complaint);
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const left = await daemonProcesses(home);
    if (left.length === 0) return null;
    if (performance.now() >= deadline)
      return `after ${seconds} s the daemon still runs (processes ${left.join(", ")})`;
    await pause(LOOK_EVERY_MS);
  }
}

/** For good: the entrypoint's watchdog must not start it again; future tasks and mails are left to the others. */
export async function leaveDaemon(otobo: Otobo, seconds: number): Promise<WhyNot> {
  await rm(join(otobo.home, FINISHED_FLAG), { force: true });
  const why = await stopDaemon(otobo, seconds);
  if (why !== null) return why;
  const unsaved = await saveSpool(otobo);
  if (unsaved !== null) return unsaved;
  const request = await otobo.ask(TASKS, tasksAnswer, "hand-back");
  if ("why" in request) return `the future tasks could not be handed back: ${request.why}`;
  const { handedBack, running } = request.answer;
  otobo.say(`${handedBack} future tasks handed back to the other daemons`);
  if (running > 0)
    otobo.say(`${running} tasks were begun here and not ended; OTOBO unlocks them after 5 minutes`);
  return null;
}

/** No daemon of this pod runs, and nothing waits for one of its number. */
export async function checkDaemonLeft(otobo: Otobo): Promise<WhyNot> {
  const { home, ask } = otobo;
  const left = await daemonProcesses(home);
  if (left.length > 0) return `the daemon still runs (processes ${left.join(", ")})`;
  const request = await ask(TASKS, tasksAnswer, "look");
  if ("why" in request) return `the future tasks could not be counted: ${request.why}`;
  const { locked } = request.answer;
  return locked === 0 ? checkSpoolEmpty(otobo) : `${locked} future tasks are still locked by this node`;
}

/** Processes of this container that are the daemon, or that it started; the pod's other containers cannot be seen. */
async function daemonProcesses(home: string): Promise<number[]> {
  const pids = (await readdir("/proc"))
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const tree = await realpath(home).catch(() => home);
  const found = await Promise.all(pids.map(async (pid) => ((await isDaemon(pid, tree)) ? pid : null)));
  return found.filter((pid) => pid !== null);
}

const SCRIPT = "bin/otobo.Daemon.pl";

/** Its children are forks, with its own words. The image's entrypoint starts it by a path from the home. */
async function isDaemon(pid: number, home: string): Promise<boolean> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  // told to stop, or asked by a probe
  if (words.includes("stop") || words.includes("status")) return false;
  if (words.some((word) => word.includes(`${home}/${SCRIPT}`))) return true;
  const isRelative = words.some((word) => word.replace(/^\.\//, "") === SCRIPT);
  return isRelative && (await readlink(`/proc/${pid}/cwd`).catch(() => "")) === home;
}
