// Runs kubectl as a user would, on the cluster that e2e/main.ts has started.
import { spawn } from "node:child_process";

export interface KubectlOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Access {
  kubeconfig: string;
  kubectl: string;
}

export interface Kubectl {
  /** runs it and accepts any exit code */
  try(argv: readonly string[], input?: string): Promise<KubectlOutcome>;
  /** runs it; rejects with its output unless it exits with 0 */
  run(argv: readonly string[], input?: string): Promise<string>;
  json<T = Record<string, unknown>>(argv: readonly string[]): Promise<T>;
  /** kubectl apply of one or more documents, as text or as objects */
  apply(documents: string | readonly unknown[]): Promise<KubectlOutcome>;
}

/**
 * The API server's error if the webhook's answer was late, on a busy machine. It then denies the request. This says
 * nothing about Rollcall, so the request is repeated.
 */
const TOO_LATE =
  /failed calling webhook "[^"]*rollcall\.dev".*(?:deadline exceeded|Client\.Timeout|handshake timeout|i\/o timeout|connection reset|EOF)/s;
const TRIES = 5;

/** Objects as kubectl reads them. kubectl of 1.30 does not accept JSON documents with `---` between them. */
export const formatDocuments = (objects: readonly unknown[]): string =>
  objects.map((each) => JSON.stringify(each)).join("\n");

/** @param namespace for every command; undefined: the arguments name it */
export function createKubectl({ kubeconfig, kubectl: program }: Access, namespace?: string): Kubectl {
  const where = namespace === undefined ? [] : ["--namespace", namespace];
  const once = (argv: readonly string[], input: string): Promise<KubectlOutcome> =>
    new Promise((resolve, reject) => {
      const child = spawn(program, ["--kubeconfig", kubeconfig, ...where, ...argv], { stdio: "pipe" });
      const said: KubectlOutcome = { code: 1, stdout: "", stderr: "" };
      child.stdout.on("data", (chunk: Buffer) => {
        said.stdout += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        said.stderr += chunk.toString();
      });
      child.once("error", reject);
      child.once("close", (code) => resolve({ ...said, code: code ?? 1 }));
      // it may end before it has read all of its input
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
    });
  const attempt = async (argv: readonly string[], input = ""): Promise<KubectlOutcome> => {
    for (let tries = 1; ; tries += 1) {
      const said = await once(argv, input);
      if (tries === TRIES || !TOO_LATE.test(said.stderr)) return said;
      console.log(`      retried after: ${said.stderr.trim()}`);
    }
  };
  const run = async (argv: readonly string[], input?: string): Promise<string> => {
    const said = await attempt(argv, input);
    if (said.code === 0) return said.stdout;
    throw new Error(`kubectl ${argv.join(" ")} exited ${said.code}: ${said.stderr.trim()}`);
  };
  return {
    try: attempt,
    run,
    json: async <T>(argv: readonly string[]) => JSON.parse(await run([...argv, "-o", "json"])) as T,
    apply: (documents) =>
      attempt(["apply", "-f", "-"], typeof documents === "string" ? documents : formatDocuments(documents)),
  };
}

/** The cluster on which the suites run, from the environment that e2e/main.ts sets. */
export function readClusterAccess(): Access {
  const { ROLLCALL_E2E_KUBECONFIG: kubeconfig, ROLLCALL_E2E_KUBECTL: program } = process.env;
  if (!kubeconfig || !program) throw new Error("run these suites with npm run e2e");
  return { kubeconfig, kubectl: program };
}
