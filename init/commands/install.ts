// `install`: copies the runner (node, its loader and libraries, the program) to a volume, so that it runs in images
// without them, and checks that the copy starts (docs/research/runner.md#nodejs-in-any-image).
import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, renameSync } from "node:fs";
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { buildRunnerCommand, RUNNER_FILES } from "../contract/places.ts";
import { VERSION } from "../contract/version.ts";
import { describeFileError } from "../engine/failure.ts";

const MIB = 1024 * 1024;

const FOLDERS = [RUNNER_FILES.libraries, RUNNER_FILES.modules] as const;

/**
 * Copies the runner folder `from` to the folder `to` and starts the copy once.
 * @returns null, or why the copy is unusable
 */
export async function install(from: string, to: string): Promise<string | null> {
  let files: readonly string[];
  try {
    files = await listRunnerFiles(from);
  } catch (error) {
    return `${from} does not contain the runner: ${describeFileError(error)}; the init image is broken`;
  }
  try {
    for (const folder of FOLDERS) mkdirSync(join(to, folder), { recursive: true });
    for (const file of files) copyWhole(join(from, file), join(to, file));
    // explicit, because the umask may be 077 and the application's user differs
    for (const folder of FOLDERS) chmodSync(join(to, folder), 0o755);
  } catch (error) {
    return `cannot copy the runner to ${to}:  ${describeFileError(error)}${await describeRoom(from, files, to)}`;
  }
  return whyNotStarting(to);
}

async function listRunnerFiles(from: string): Promise<string[]> {
  const inFolders = await Promise.all(
    FOLDERS.map(async (folder) => (await readdir(join(from, folder))).map((name) => join(folder, name))),
  );
  const files = [...inFolders.flat(), RUNNER_FILES.node, RUNNER_FILES.program, RUNNER_FILES.launcher];
  for (const file of [RUNNER_FILES.loader, ...files]) await stat(join(from, file));
  return files;
}

/**
 * Replaces a file atomically, so a killed install leaves only temporary files behind. Synchronous, because an
 * asynchronous call takes 0.1 ms more for each of 60 files.
 */
function copyWhole(from: string, to: string): void {
  const temporary = `${to}.incoming`;
  copyFileSync(from, temporary);
  chmodSync(temporary, 0o755);
  renameSync(temporary, to);
}

/** The needed and the free space, for the message. */
async function describeRoom(from: string, files: readonly string[], to: string): Promise<string> {
  try {
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(from, file))).size));
    const needed = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / MIB);
    const { bavail, bsize } = await statfs(to);
    return `; it takes ${needed} MiB, and ${Math.floor((bavail * bsize) / MIB)} MiB are free`;
  } catch {
    return "";
  }
}

/** Starts the copy as the pod's containers will, which detects a noexec volume or a security label. */
async function whyNotStarting(to: string): Promise<string | null> {
  const [program = "", ...args] = buildRunnerCommand(to, "--version");
  const result = await new Promise<{ code: number | null; out: string; error: Error | null }>((resolve) => {
    let out = "";
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: {} });
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.once("error", (error) => resolve({ code: null, out, error }));
    child.once("close", (code) => resolve({ code, out, error: null }));
  });
  if (result.error !== null) return `the copy in ${to} does not start: ${describeStartError(result.error)}`;
  if (result.code !== 0)
    return `the copy in ${to} does not start: ${getLastLine(result.out)}${formatNoexecHint(result.out)}`;
  if (!result.out.includes(VERSION))
    return `the copy in ${to} is of another version: ${getLastLine(result.out)}`;
  return null;
}

function describeStartError(error: Error): string {
  const denied = "code" in error && error.code === "EACCES";
  return denied
    ? "the system does not allow running programs from there (EACCES): the volume is mounted noexec, or a security label forbids it"
    : describeFileError(error);
}

/** On some systems the loader starts, but must not map the files beside it. */
function formatNoexecHint(out: string): string {
  return /failed to map segment|Operation not permitted/.test(out) ? "; the volume is mounted noexec" : "";
}

function getLastLine(out: string): string {
  return out.trim().split("\n").at(-1) ?? "it printed nothing";
}
