// Runs external tools: apt-get, dpkg-deb, npm, docker, podman.
import { spawn } from "node:child_process";
import { BuildProblem } from "./problem.ts";

export interface CommandOptions {
  cwd?: string;
  /** the whole environment of the command @default the environment of this process */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * the command downloads something: its failure means a missing requirement, such as a network, and gives exit code 2,
   * not 1
   */
  fetches?: boolean;
}

export interface CommandEnd {
  /** null: not started, or ended by a signal */
  code: number | null;
  stdout: string;
  stderr: string;
  /** not found on PATH */
  missing: boolean;
}

/** For machines without a tool: why it is needed and how to install it. */
const NEEDED: Readonly<Record<string, string>> = {
  "apt-get":
    "it fetches the Debian packages that node's libraries come from; build on Debian, or in a container of it",
  "dpkg-deb": "it unpacks the Debian packages that node's libraries come from; install the package dpkg",
  "x86_64-linux-gnu-gcc":
    "it compiles the runner's launcher; install the package gcc-x86-64-linux-gnu, or gcc on amd64",
  "aarch64-linux-gnu-gcc":
    "it compiles the runner's launcher; install the package gcc-aarch64-linux-gnu, or gcc on arm64",
  npm: "it fetches the pinned node of an architecture that is not this machine's; install Node.js with npm",
};

/** Runs a command and waits for its end; never rejects. */
export function attempt(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandEnd> {
  const [program, ...words] = argv;
  return new Promise((resolve) => {
    const { cwd, env } = options;
    const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => {
      const missing = "code" in error && error.code === "ENOENT";
      resolve({ code: null, stdout, stderr: error.message, missing });
    });
    child.on("close", (code) => resolve({ code, stdout, stderr, missing: false }));
  });
}

/**
 * Runs a command that must succeed.
 * @returns its standard output
 * @throws BuildProblem with exit code 2 if the command does not exist; with its last output if it fails
 */
export async function runProcess(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<string> {
  const [program] = argv;
  const end = await attempt(argv, options);
  if (end.missing) throw new BuildProblem(`${program} is needed: ${NEEDED[program] ?? "install it"}`, 2);
  if (end.code === 0) return end.stdout;
  const lastWords = `${end.stdout}\n${end.stderr}`.trim().split("\n").slice(-40).join("\n");
  throw new BuildProblem(
    `${argv.join(" ")} ended with ${end.code ?? "a signal"}:\n${lastWords}`,
    options.fetches ? 2 : 1,
  );
}
