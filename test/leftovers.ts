// Processes that a test run has started and that still run: they are found when the run is interrupted, since tests give
// some of their processes a group or an environment of their own.
import { readdir, readFile } from "node:fs/promises";
import { trySignal } from "./signal.ts";

/** A variable that every process of a run inherits; its value is the run's own. */
const RUN_ENV = "ROLLCALL_TEST_RUN";

/** Marks this process and, from now on, all that it starts. @returns the mark */
export function markRun(): string {
  const mark = `${process.pid}-${Date.now()}`;
  process.env[RUN_ENV] = mark;
  return mark;
}

/** The processes whose environment began with a variable of this text at its start; Linux only, else none. */
export async function findByEnv(variable: string): Promise<number[]> {
  const ids = await processIds();
  const matches = await Promise.all(
    ids.map(async (id) => {
      // gone meanwhile, or a thread of the kernel
      const env = await readFile(`/proc/${id}/environ`, "utf8").catch(() => "");
      return env.split("\0").some((each) => each.startsWith(variable));
    }),
  );
  return ids.filter((_, at) => matches[at] === true);
}

/**
 * Kills what a run has left: its marked processes and all descendants of this one.
 * @returns how many were killed; 0 where the system has no /proc
 */
export async function killLeftovers(mark: string): Promise<number> {
  const marked = await findByEnv(`${RUN_ENV}=${mark}`);
  const found = new Set([...marked, ...(await findDescendants(process.pid))]);
  found.delete(process.pid);
  return [...found].filter((pid) => trySignal(pid, "SIGKILL")).length;
}

/** All that a process has started, and what those have started; Linux only, else none. */
export async function findDescendants(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const id of await processIds()) {
    const stat = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
    // the command's name may hold spaces and brackets; the parent is the second word behind it
    parents.set(id, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const isBelow = (id: number): boolean => {
    const parent = parents.get(id) ?? 0;
    return parent === root || (parent > 1 && isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

const processIds = async (): Promise<number[]> =>
  (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
