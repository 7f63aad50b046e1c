// Where a container's process runs on this machine: in a file system of its own, with the volumes' folders at their
// mountPaths, or on the machine's as it is, with paths translated.
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { RUNNER_FILES, RUNNER_MOUNT, TERMINATION_LOG } from "../../../init/contract/places.ts";
import { CouldNotAsk } from "../ending.ts";
import { type FileOwner, type FolderMount, toHostPath } from "./folders.ts";
import { findNamespaces, type Namespaces, type NoNamespaces, SETUP_ENV } from "./namespaces.ts";
import type { TranslateWords } from "./planHere.ts";
import { NO_ROOT, type ScratchMount, writeRootScript } from "./rootScript.ts";
import { translateWords } from "./translateWords.ts";

/** One container on its way to be run. */
export interface PlacedContainer {
  readonly mounts: readonly FolderMount[];
  /** null: only the image says it */
  readonly workingDir: string | null;
  /** a folder of this container's alone, for what is neither volume nor runner */
  readonly own: string;
}

export interface RunnerCall {
  /** the runner's words: run, leave, drain */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stop: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface RunnerExit {
  code: number;
  /** the runner's last words, as `kubectl describe pod` would show them */
  message: string;
}

export interface StepSandbox {
  /** whom the volumes' folders must belong to; null: whoever runs this */
  readonly owner: FileOwner | null;
  resolveWorkingDir(this: void, placed: PlacedContainer): string;
  translate(this: void, placed: PlacedContainer): TranslateWords;
  /** whether a path of this machine is not what the steps see there */
  isHidden(this: void, path: string): boolean;
  start(this: void, placed: PlacedContainer, call: RunnerCall): Promise<ChildProcess>;
}

/** @param runner the folder that stands for the runner's volume @param owner whom the steps run as; null: whoever runs this */
export function findRoom(runner: string, owner: FileOwner | null): StepSandbox {
  const found = findNamespaces(owner);
  return "why" in found ? roomInPlace(runner, owner, found) : roomOfItsOwn(found);
}

/** Starts the runner and waits for its end. @throws CouldNotAsk where it could not be started */
export async function runRunner(
  room: StepSandbox,
  placed: PlacedContainer,
  call: RunnerCall,
): Promise<RunnerExit> {
  await mkdir(placed.own, { recursive: true });
  const { last, complaint } = buildOwnPaths(placed);
  await writeFile(last, "");
  if (room.owner !== null) await chown(last, room.owner.uid, room.owner.gid);
  const child = await room.start(placed, call);
  // unshare and the shell of a namespace leave it to the runner, which passes it on
  const passOn = (): void => void (child.pid !== undefined && process.kill(-child.pid, "SIGTERM"));
  call.stop.addEventListener("abort", passOn, { once: true });
  if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", call.onLine);
  const ended = await new Promise<{ code: number; why: string }>((resolve) => {
    child.once("error", (error) =>
      resolve({ code: 1, why: `the runner could not be started: ${error.message}` }),
    );
    child.once("close", (code, signal) =>
      resolve({ code: code ?? 1, why: signal === null ? "" : `killed by ${signal}` }),
    );
  });
  call.stop.removeEventListener("abort", passOn);
  if (ended.code === NO_ROOT) {
    const said = await readFile(complaint, "utf8").catch(() => "");
    throw new CouldNotAsk(`the steps' file system could not be set up: ${said.trim()}`);
  }
  const message = await readFile(last, "utf8").catch(() => "");
  return { code: ended.code, message: message || ended.why };
}

const buildOwnPaths = ({ own }: PlacedContainer) => ({
  last: join(own, "termination-log"),
  script: join(own, "root.sh"),
  complaint: join(own, "complaint"),
  root: join(own, "root"),
});

function roomOfItsOwn({ owner, enter, become }: Namespaces): StepSandbox {
  const resolveWorkingDir = ({ workingDir }: PlacedContainer): string => workingDir ?? "/tmp";
  return {
    owner,
    resolveWorkingDir,
    translate: () => (_, words) => [...words],
    isHidden: (path) => SCRATCH.some((folder) => path.startsWith(`${folder}/`)),
    start: async (placed, { words, env }) => {
      const { last, script, complaint, root } = buildOwnPaths(placed);
      const workingDir = resolveWorkingDir(placed);
      await mkdir(root, { recursive: true });
      const scratch = await makeScratch(placed, owner, workingDir);
      const given = {
        root,
        mounts: placed.mounts,
        scratch,
        terminationLog: last,
        complaint,
        workingDir,
        become,
      };
      await writeFile(script, await writeRootScript(given));
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      return spawnRunner([...enter, "sh", script, ...variables], RUNNER_MOUNT, words, {
        log: TERMINATION_LOG,
        cwd: "/",
        env: SETUP_ENV,
      });
    },
  };
}

function roomInPlace(runner: string, owner: FileOwner | null, none: NoNamespaces): StepSandbox {
  const resolveWorkingDir = ({ workingDir, mounts, own }: PlacedContainer): string =>
    workingDir === null ? own : toHostPath(workingDir, mounts);
  return {
    owner,
    resolveWorkingDir,
    translate:
      ({ mounts }) =>
      (what, words) =>
        translateWords(what, words, { mounts, none }),
    isHidden: () => false,
    start: async (placed, { words, env }) => {
      if (owner !== null) await chown(placed.own, owner.uid, owner.gid);
      return spawnRunner([], runner, words, {
        log: buildOwnPaths(placed).last,
        cwd: resolveWorkingDir(placed),
        env,
        owner,
      });
    },
  };
}

/** In every image anybody may write there. */
const SCRATCH = ["/tmp", "/var/tmp", "/dev/shm"];
const ANYBODY = 0o1777;

async function makeScratch(
  placed: PlacedContainer,
  owner: FileOwner | null,
  workingDir: string,
): Promise<ScratchMount[]> {
  const scratch: ScratchMount[] = [];
  const paths = [...SCRATCH, workingDir].filter((path, index, all) => all.indexOf(path) === index);
  for (const [index, path] of paths.entries()) {
    const folder = join(placed.own, `scratch-${index}`);
    await mkdir(folder, { recursive: true });
    const isWorkingDir = !SCRATCH.includes(path);
    if (owner !== null) await chown(folder, owner.uid, owner.gid);
    if (!isWorkingDir) await chmod(folder, ANYBODY);
    scratch.push({ path, folder, readOnly: false, ifMissing: isWorkingDir });
  }
  return scratch;
}

function spawnRunner(
  before: readonly string[],
  folder: string,
  words: readonly string[],
  given: { log: string; cwd: string; env: Readonly<Record<string, string>>; owner?: FileOwner | null },
): ChildProcess {
  const runner = [RUNNER_FILES.node, RUNNER_FILES.program].map((file) => join(folder, file));
  const [program = "", ...rest] = [...before, ...runner, ...words, "--termination-log", given.log];
  return spawn(program, rest, {
    cwd: given.cwd,
    env: { ...given.env },
    stdio: ["ignore", "pipe", "inherit"],
    // ours to stop, not the terminal's: its SIGINT would reach the runner a second time
    detached: true,
    ...(given.owner ?? {}),
  });
}
