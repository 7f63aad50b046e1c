// Runs `rollcall` like a user: the launcher as a process.
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { renderGenericYaml } from "../../profileYaml.ts";
import { CLI } from "../../programs.ts";

export const REPOSITORY_ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** @param input standard input @param tmp the folder for its temporary folders */
export function runCli(argv: readonly string[], input = "", tmp?: string): Promise<CliResult> {
  const env = tmp === undefined ? process.env : { ...process.env, TMPDIR: tmp };
  return runProgram(process.execPath, [CLI, ...argv], { input, env });
}

/**
 * Less than Mocha gives a test (test/mocha.ts), so that the failure names the program; and much more than any of them
 * takes on an idle machine.
 */
const LIMIT_MS = 110_000;

/** @throws if a signal ends the program, also the one that it gets after `timeoutMs` */
export function runProgram(
  program: string,
  argv: readonly string[],
  given: { input?: string; cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const { timeoutMs = LIMIT_MS } = given;
    // a hanging program must not outlive its test
    const child = spawn(program, argv, {
      timeout: timeoutMs,
      cwd: given.cwd ?? REPOSITORY_ROOT,
      env: given.env ?? process.env,
      stdio: "pipe",
    });
    const seen = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      seen.stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      seen.stderr += chunk.toString();
    });
    child.once("error", reject);
    // without waiting for "close": a child process of the program may keep its output open
    child.once("exit", (_, signal) => {
      if (signal === null) return;
      const end = child.killed ? `killed after ${timeoutMs / 1000} s (${signal})` : `ended by ${signal}`;
      const name = [basename(program), ...argv].join(" ").slice(0, 200);
      reject(new Error(`${name} was ${end}; its output until then:\n${seen.stdout}${seen.stderr}`));
    });
    child.once("close", (code) => resolve({ code, ...seen }));
    // a program may end without reading its input; its exit code and output are checked
    child.stdin.on("error", () => undefined);
    child.stdin.end(given.input ?? "");
  });
}

/** Profiles and a StatefulSet as documents of one file. */
export function renderDocuments(changes: { profile?: string; profiles?: string; set?: string } = {}): string {
  const profiles = changes.profiles ?? DEMO;
  return `${profiles.trimEnd()}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  serviceName: web
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, rollcall.dev/profile: ${changes.profile ?? "demo"}}}
    spec:
      containers: [{name: app, image: "example.test/app:1", volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates: [{metadata: {name: data}}]
${changes.set ?? ""}`;
}

const DEMO = [
  renderGenericYaml(
    "demo",
    `markers: {volume: data}, steps: [
    {name: seed, scope: Pod, run: [touch, /data/seed], verify: [test, -e, /data/seed]},
    {name: theirs, scope: Pod, run: [/app/only-in-the-image], verify: ["true"]}]`,
    "namespaces: [shop]",
  ),
  renderGenericYaml("watched", "", "mode: Warn"),
  renderGenericYaml("vault", "", "namespaces: [vault]"),
].join("");
