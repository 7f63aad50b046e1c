// Keeps a note for every running child process in one folder: a process that is killed by SIGKILL cannot end its
// children, so the next program ends them.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { trySignal } from "../../../signal.ts";
import { identify, isAlive, type ProcessIdentity } from "./identity.ts";

const identitySchema = z.object({ pid: z.number(), start: z.string(), boot: z.string() });
const noteSchema = z.object({ child: identitySchema, parent: identitySchema });
type Note = z.infer<typeof noteSchema>;

/** Grace period of a process group after SIGTERM. `kind` and `go` need none, `podman` at most a second. */
const GRACE_MS = 5_000;

/** Notes a running process group. Its id is that of its leader. */
export async function noteChild(folder: string, pid: number): Promise<void> {
  const [child, parent] = await Promise.all([identify(pid), identify(process.pid)]);
  if (child === null || parent === null) return; // it has ended already
  await mkdir(folder, { recursive: true });
  // By rename, so that no partial note is read. Until then the dot hides it from endOrphans.
  await writeFile(join(folder, `.${pid}`), JSON.stringify({ child, parent } satisfies Note));
  await rename(join(folder, `.${pid}`), join(folder, String(pid)));
}

/** Removes the note after the child has ended. */
export async function forgetChild(folder: string, pid: number): Promise<void> {
  await rm(join(folder, String(pid)), { force: true });
}

/** Ends processes that a killed run has left. @returns the number of process groups */
export async function endOrphans(folder: string): Promise<number> {
  let ended = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const note = await readNote(join(folder, name));
    if (note !== null && (await isAlive(note.parent))) continue;
    if (note !== null && (await isAlive(note.child))) {
      await endGroup(note.child);
      ended += 1;
    }
    await rm(join(folder, name), { force: true });
  }
  return ended;
}

/** Sends SIGTERM to a process group, then SIGKILL to the rest after the grace period. */
export async function endGroup(leader: ProcessIdentity, graceMs: number = GRACE_MS): Promise<void> {
  trySignal(-leader.pid, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline && (await isAlive(leader))) await sleep(50);
  // Unconditionally: the leader may have ended before its children.
  trySignal(-leader.pid, "SIGKILL");
}

async function readNote(path: string): Promise<Note | null> {
  const text = await readFile(path, "utf8").catch(() => "");
  try {
    return noteSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
