// Finds processes that a test run has started and that still run, when the run is interrupted. Signals to the process
// group are not enough, since tests give some of their processes their own group or environment.
import { readdir, readFile } from "node:fs/promises";
import { trySignal } from "./signal.ts";

/** A variable that every process of a run inherits; its value identifies the run. */
const RUN_ENV = "ROLLCALL_TEST_RUN";

/** Marks this process and all processes that it starts from now on. @returns the mark */
export function markRun(): string {
  const mark = `${process.pid}-${Date.now()}`;
  process.env[RUN_ENV] = mark;
  return mark;
}

/** The processes whose initial environment contains a variable with this text; none on systems other than Linux. */
export async function findByEnv(variable: string): Promise<number[]> {
  const ids = await processIds();
  const matches = await Promise.all(
    ids.map(async (id) => {
      // it has ended in the meantime, or is a kernel thread
      const env = await readFile(`/proc/${id}/environ`, "utf8").catch(() => "");
      return env.split("\0").some((each) => each.startsWith(variable));
    }),
  );
  return ids.filter((_, at) => matches[at] === true);
}

/**
 * Kills what a run has left: its marked processes and all descendants of this one.
 * @returns how many were killed; 0 on systems without /proc
 */
export async function killLeftovers(mark: string): Promise<number> {
  const marked = await findByEnv(`${RUN_ENV}=${mark}`);
  const found = new Set([...marked, ...(await findDescendants(process.pid))]);
  found.delete(process.pid);
  return [...found].filter((pid) => trySignal(pid, "SIGKILL")).length;
}

/** All descendants of a process; none on systems other than Linux. */
export async function findDescendants(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const id of await processIds()) {
    const stat = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
    // the command's name may contain spaces and brackets; the parent is the second word after it
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
