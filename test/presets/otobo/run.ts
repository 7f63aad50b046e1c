// Runs a step's command line like the plan, as a user other than root, which OTOBO rejects.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { chmod, lchown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROGRAMS } from "../../../build/images/image.ts";
import { joinTreePath, walkTree } from "../../../presets/otobo/runner/imageTree.ts";
import { bundleProgram } from "../../bundleProgram.ts";
import { bundleRunner } from "../../init/bundleRunner.ts";

let folder = "";
let worker: ChildProcess | null = null;

/** The bundled runner, for whole pods. */
export async function makeProgram(): Promise<void> {
  await makeWorker();
  await bundleRunner(folder);
}

/** The program that runs single steps, in a folder that any user may read. */
export async function makeWorker(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "rollcall-runner-"));
  await chmod(folder, 0o755);
  await bundleProgram(new URL("worker.ts", import.meta.url), join(folder, "worker.mjs"));
}

export async function removeProgram(): Promise<void> {
  worker?.kill();
  worker = null;
  if (folder !== "") await rm(folder, { recursive: true, force: true });
}

export const getProgramPath = (): string => join(folder, PROGRAMS.init);

/** The current user, or nobody instead of root. */
export const UNPRIVILEGED_USER: { uid?: never; gid?: never } | { uid: number; gid: number } =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export interface WorkerRequest {
  argv: readonly string[];
  env: Record<string, string>;
}

export interface OtoboCliResult {
  code: number | null;
  output: string;
}

export const assertCommandPassed = ({ code, output }: OtoboCliResult): void => assert.equal(code, 0, output);

export function assertCommandFailed({ code, output }: OtoboCliResult, says: RegExp): void {
  assert.equal(code, 1, output);
  assert.match(output, says);
}

interface Pod {
  home: string;
  env: Record<string, string>;
}

/**
 * Runs one command at a time: each waits for the one before.
 * @param isOwned false: keeps the owner of the files in the home
 */
export function openOtoboCli({ next }: { next: string }, pod: Pod, { isOwned = true } = {}) {
  const start = async (...words: readonly string[]): Promise<OtoboCliResult> => {
    // files from the test belong to the pod's user, as on its volume
    if (isOwned && "uid" in UNPRIVILEGED_USER) await changeOwner(pod.home, UNPRIVILEGED_USER.uid);
    const places = ["--home", pod.home, "--next", next];
    return ask({
      argv: [...words, ...places],
      env: { PATH: process.env["PATH"] ?? "", ...pod.env },
    });
  };
  return {
    run: start,
    verify: (step: string, ...words: readonly string[]) => start("verify", step, ...words),
  };
}

async function ask(request: WorkerRequest): Promise<OtoboCliResult> {
  worker ??= fork(join(folder, "worker.mjs"), { execArgv: [], ...UNPRIVILEGED_USER });
  const child = worker;
  const over = new AbortController();
  try {
    const answered = once(child, "message", over);
    const died = once(child, "exit", over);
    child.send(request);
    const [answer] = await Promise.race([
      answered,
      died.then(() => Promise.reject(new Error("the worker has ended"))),
    ]);
    return answer as OtoboCliResult;
  } finally {
    // aborts the event that did not occur
    over.abort();
  }
}

/** Names may not be valid UTF-8. */
export async function changeOwner(home: string, uid: number): Promise<void> {
  for await (const { path } of walkTree(home)) await lchown(joinTreePath(home, path), uid, uid);
}
