// `install`: copies the runner (node, its loader and libraries, the program) to a volume, so that it runs in
// images that hold none of them, and proves that the copy starts (docs/research/runner.md#nodejs-in-any-image).
import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, renameSync } from "node:fs";
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { buildRunnerCommand, RUNNER_FILES } from "../contract/places.ts";
import { VERSION } from "../contract/version.ts";
import { describeFileError } from "../engine/reason.ts";

const MIB = 1024 * 1024;

const FOLDERS = [RUNNER_FILES.libraries, RUNNER_FILES.modules] as const;

/**
 * Copies the runner folder `from` to the folder `to` and starts the copy once.
 * @returns null, or why the copy cannot be used
 */
export async function install(from: string, to: string): Promise<string | null> {
  let files: readonly string[];
  try {
    files = await runnerFiles(from);
  } catch (error) {
    return `${from} holds no runner: ${describeFileError(error)}; the init image is broken`;
  }
  try {
    for (const folder of FOLDERS) mkdirSync(join(to, folder), { recursive: true });
    for (const file of files) copyWhole(join(from, file), join(to, file));
    // explicitly, since the umask may be 077 and the application's user is another one
    for (const folder of FOLDERS) chmodSync(join(to, folder), 0o755);
  } catch (error) {
    return `the runner could not be copied to ${to}: ${describeFileError(error)}${await room(from, files, to)}`;
  }
  return whyNotStarting(to);
}

async function runnerFiles(from: string): Promise<string[]> {
  const inFolders = await Promise.all(
    FOLDERS.map(async (folder) => (await readdir(join(from, folder))).map((name) => join(folder, name))),
  );
  const files = [...inFolders.flat(), RUNNER_FILES.node, RUNNER_FILES.program, RUNNER_FILES.launcher];
  for (const file of [RUNNER_FILES.loader, ...files]) await stat(join(from, file));
  return files;
}

/**
 * Under its name a file is the old one or whole: a killed install leaves only temporary names behind. Synchronous, since
 * nothing else is done meanwhile, and a call by a thread takes 0.1 ms more for each of 60 files.
 */
function copyWhole(from: string, to: string): void {
  const temporary = `${to}.incoming`;
  copyFileSync(from, temporary);
  chmodSync(temporary, 0o755);
  renameSync(temporary, to);
}

/** How much the copy needs and how much there is: the numbers behind "full". */
async function room(from: string, files: readonly string[], to: string): Promise<string> {
  try {
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(from, file))).size));
    const needed = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / MIB);
    const { bavail, bsize } = await statfs(to);
    return `; it takes ${needed} MiB, and ${Math.floor((bavail * bsize) / MIB)} MiB are left there`;
  } catch {
    return "";
  }
}

/** Starts the copy as every container of the pod will: a noexec volume or a denied label shows here. */
async function whyNotStarting(to: string): Promise<string | null> {
  const [program = "", ...args] = buildRunnerCommand(to, "--version");
  const seen = await new Promise<{ code: number | null; out: string; error: Error | null }>((resolve) => {
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
  if (seen.error !== null) return `the copy in ${to} does not start: ${startReason(seen.error)}`;
  if (seen.code !== 0)
    return `the copy in ${to} does not start: ${lastLine(seen.out)}${noexecHint(seen.out)}`;
  if (!seen.out.includes(VERSION)) return `the copy in ${to} is of another version: ${lastLine(seen.out)}`;
  return null;
}

function startReason(error: Error): string {
  const denied = "code" in error && error.code === "EACCES";
  return denied
    ? "the system refuses to run programs from there (EACCES): the volume is mounted noexec, or a security label forbids it"
    : describeFileError(error);
}

/** The loader can be started on some systems, but then may not map what lies beside it. */
function noexecHint(out: string): string {
  return /failed to map segment|Operation not permitted/.test(out) ? "; the volume is mounted noexec" : "";
}

function lastLine(out: string): string {
  return out.trim().split("\n").at(-1) ?? "it said nothing";
}
