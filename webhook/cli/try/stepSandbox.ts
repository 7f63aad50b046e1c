// Where a container's process runs on this machine: in its own file system with the volumes' folders at their mountPaths, or
// in the machine's file system with translated paths.
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { RUNNER_FILES, RUNNER_MOUNT, TERMINATION_LOG } from "../../../init/contract/places.ts";
import { UnknownAnswer } from "../ending.ts";
import { type FileOwner, type FolderMount, toHostPath } from "./folders.ts";
import {
  findNamespaces,
  LOOPBACK_UP,
  type NamespaceRequest,
  type Namespaces,
  type NoNamespaces,
  SETUP_ENV,
} from "./namespaces.ts";
import type { TranslateWords } from "./planHere.ts";
import { buildRelayLines, type RelayTarget } from "./relay.ts";
import { NO_ROOT, type ScratchMount, writeRootScript } from "./rootScript.ts";
import { translateWords } from "./translateWords.ts";

/** A container with its folders. */
export interface PlacedContainer {
  readonly mounts: readonly FolderMount[];
  /** null: the image's, which is not known */
  readonly workingDir: string | null;
  /** a private folder of this container for everything else */
  readonly own: string;
}

export interface RunnerCall {
  /** the runner's arguments: run, leave or drain */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stop: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface RunnerExit {
  code: number;
  /** the termination message, which `kubectl describe pod` would show */
  message: string;
}

export interface StepSandbox {
  /** owner of the volumes' folders; null: the current user */
  readonly owner: FileOwner | null;
  resolveWorkingDir(this: void, placed: PlacedContainer): string;
  translate(this: void, placed: PlacedContainer): TranslateWords;
  /** whether steps do not see this machine's file at the path */
  isHidden(this: void, path: string): boolean;
  start(this: void, placed: PlacedContainer, call: RunnerCall): Promise<ChildProcess>;
}

/**
 * @param runner the folder for the runner's volume
 * @param relay the way to the stand-in for the API server where the steps have no network
 * @throws UnknownAnswer if the steps shall have no network, and it cannot be taken from them
 */
export function chooseSandbox(runner: string, request: NamespaceRequest, relay: RelayTarget): StepSandbox {
  const found = findNamespaces(request);
  if (!("why" in found)) return createNamespaceSandbox(found, relay);
  if (request.network) return createTranslatingSandbox(runner, request.owner, found);
  throw new UnknownAnswer(
    `the steps cannot be kept off this machine's network (${found.why}), so none was run. With --network they run and use it: ` +
      `what they change elsewhere, such as a database, is really changed. To run them without it: ${found.instead}`,
  );
}

/** Starts the runner and waits for its exit. @throws UnknownAnswer if the file system cannot be set up */
export async function runRunner(
  room: StepSandbox,
  placed: PlacedContainer,
  call: RunnerCall,
): Promise<RunnerExit> {
  await mkdir(placed.own, { recursive: true });
  const { terminationLog, complaint } = buildOwnPaths(placed);
  await writeFile(terminationLog, "");
  if (room.owner !== null) await chown(terminationLog, room.owner.uid, room.owner.gid);
  const child = await room.start(placed, call);
  // unshare and the namespace's shell ignore the signal; the runner forwards it to the step
  const forward = (): void => void (child.pid !== undefined && process.kill(-child.pid, "SIGTERM"));
  call.stop.addEventListener("abort", forward, { once: true });
  if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", call.onLine);
  const ended = await new Promise<{ code: number; why: string }>((resolve) => {
    child.once("error", (error) => resolve({ code: 1, why: `cannot start the runner: ${error.message}` }));
    child.once("close", (code, signal) =>
      resolve({ code: code ?? 1, why: signal === null ? "" : `killed by ${signal}` }),
    );
  });
  call.stop.removeEventListener("abort", forward);
  if (ended.code === NO_ROOT) {
    const errors = await readFile(complaint, "utf8").catch(() => "");
    throw new UnknownAnswer(`cannot set up the steps' file system: ${errors.trim()}`);
  }
  const message = await readFile(terminationLog, "utf8").catch(() => "");
  return { code: ended.code, message: message || ended.why };
}

const buildOwnPaths = ({ own }: PlacedContainer) => ({
  terminationLog: join(own, "termination-log"),
  script: join(own, "root.sh"),
  complaint: join(own, "complaint"),
  root: join(own, "root"),
});

function createNamespaceSandbox(
  { owner, enter, become, network }: Namespaces,
  relay: RelayTarget,
): StepSandbox {
  const resolveWorkingDir = ({ workingDir }: PlacedContainer): string => workingDir ?? "/tmp";
  return {
    owner,
    resolveWorkingDir,
    translate: () => (_, words) => [...words],
    isHidden: (path) => SCRATCH.some((folder) => path.startsWith(`${folder}/`)),
    start: async (placed, { words, env }) => {
      const { terminationLog, script, complaint, root } = buildOwnPaths(placed);
      const workingDir = resolveWorkingDir(placed);
      await mkdir(root, { recursive: true });
      const scratch = await makeScratch(placed, owner, workingDir);
      const input = {
        root,
        mounts: placed.mounts,
        scratch,
        terminationLog,
        complaint,
        workingDir,
        become,
        network: network ? [] : [LOOPBACK_UP, ...buildRelayLines(relay, join(placed.own, "relay"))],
      };
      await writeFile(script, await writeRootScript(input));
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      return spawnRunner([...enter, "sh", script, ...variables], RUNNER_MOUNT, words, {
        log: TERMINATION_LOG,
        cwd: "/",
        env: SETUP_ENV,
      });
    },
  };
}

function createTranslatingSandbox(runner: string, owner: FileOwner | null, none: NoNamespaces): StepSandbox {
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
        log: buildOwnPaths(placed).terminationLog,
        cwd: resolveWorkingDir(placed),
        env,
        owner,
      });
    },
  };
}

/** In every image all users can write there. */
const SCRATCH = ["/tmp", "/var/tmp", "/dev/shm"];
const WORLD_WRITABLE = 0o1777;

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
    if (!isWorkingDir) await chmod(folder, WORLD_WRITABLE);
    scratch.push({ path, folder, readOnly: false, ifMissing: isWorkingDir });
  }
  return scratch;
}

function spawnRunner(
  before: readonly string[],
  folder: string,
  words: readonly string[],
  options: { log: string; cwd: string; env: Readonly<Record<string, string>>; owner?: FileOwner | null },
): ChildProcess {
  const runner = [RUNNER_FILES.node, RUNNER_FILES.program].map((file) => join(folder, file));
  const [program = "", ...rest] = [...before, ...runner, ...words, "--termination-log", options.log];
  return spawn(program, rest, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["ignore", "pipe", "inherit"],
    // its own process group: otherwise the terminal's SIGINT would reach the runner as well, in addition to ours
    detached: true,
    ...(options.owner ?? {}),
  });
}
