// Runs the login command of a kubeconfig, as EKS, GKE and AKS have one. Its protocol is client.authentication.k8s.io,
// ExecCredential (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/).
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { list, nullish, object, readShape, type TypeOf, text } from "../../../init/contract/shape.ts";
import { UnknownAnswer } from "../ending.ts";
import { quoteFromCluster } from "./report.ts";

export const execConfig = object({
  apiVersion: nullish(text()),
  command: text(),
  args: nullish(list(text())),
  env: nullish(list(object({ name: text(), value: text() }))),
  installHint: nullish(text()),
});

export type ExecConfig = TypeOf<typeof execConfig>;

interface ExecLogin {
  readonly token: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

/** A login in a browser may take a while. */
const PATIENCE_MS = 60_000;

/** A token has a few KiB. */
const MOST_BYTES = 1024 * 1024;

const credential = object({
  status: object({
    token: nullish(text()),
    clientCertificateData: nullish(text()),
    clientKeyData: nullish(text()),
  }),
});

/** @throws UnknownAnswer if the command fails */
export async function readExecCredential(
  config: ExecConfig,
  { folder, server }: { folder: string; server: string },
): Promise<ExecLogin> {
  const shown = `the kubeconfig's login command ${config.command}`;
  let printed: unknown;
  try {
    printed = JSON.parse(await runLoginCommand(config, folder, server));
  } catch (error) {
    const hint = config.installHint ? `; ${quoteFromCluster(config.installHint)}` : "";
    throw new UnknownAnswer(
      `${shown} failed: ${error instanceof Error ? quoteFromCluster(error.message) : String(error)}${hint}`,
    );
  }
  const read = readShape(credential, printed);
  if ("fault" in read) throw new UnknownAnswer(`${shown} printed no ExecCredential with a status`);
  const { token, clientCertificateData, clientKeyData } = read.value.status;
  return { token: token || null, cert: clientCertificateData || null, key: clientKeyData || null };
}

function runLoginCommand(config: ExecConfig, folder: string, server: string): Promise<string> {
  const isInteractive = process.stdin.isTTY === true;
  const apiVersion = config.apiVersion ?? "client.authentication.k8s.io/v1";
  const info = {
    apiVersion,
    kind: "ExecCredential",
    spec: { interactive: isInteractive, cluster: { server } },
  };
  const env = Object.fromEntries((config.env ?? []).map(({ name, value }) => [name, value]));
  // a path is relative to the kubeconfig, a name is looked up in PATH
  const command = config.command.includes("/") ? resolve(folder, config.command) : config.command;
  return new Promise((done, reject) => {
    const child = spawn(command, config.args ?? [], {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: [isInteractive ? "inherit" : "ignore", "pipe", "pipe"],
      timeout: PATIENCE_MS,
      killSignal: "SIGKILL",
    });
    let printed = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.length <= MOST_BYTES) return;
      child.kill("SIGKILL");
      reject(new Error("it printed more than 1 MiB"));
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errors = `${errors}${chunk.toString()}`.slice(-2_000);
      // prompts such as "open this address and enter the code"
      if (isInteractive) process.stderr.write(chunk);
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) done(printed);
      else reject(new Error(`it ended with ${code ?? signal}: ${errors.trim()}`));
    });
  });
}
