// Runs the webhook against a real API server, in its own mount namespace with the files that a kubelet would mount. An
// EndpointSlice leads the base's Service to it, which cannot have a loopback address.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { needs, needsPrograms } from "../requirements.ts";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import type { RealApiServer } from "./apiServer.ts";

export interface RealWebhook {
  /** https://ADDRESS:PORT */
  readonly url: string;
  /** all lines of its log */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

const NAMESPACE = "rollcall-system";
const POD = "rollcall-0";

/** Skips the test if it cannot be started. */
export function needsWebhook(context: Mocha.Context): void {
  needsPrograms(context, ["unshare", "mount", "sh"]);
  needs(context, ownAddress() !== null, "an IPv4 address that is no loopback's");
}

const ownAddress = (): string | null =>
  Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === "IPv4" && !each.internal)?.address ?? null;

/**
 * Expects that the base is applied.
 * @param input.profiles RollcallProfiles as YAML, applied once the webhook serves
 */
export async function startWebhook(
  api: RealApiServer,
  { profiles, env = {} }: { profiles: string; env?: Readonly<Record<string, string>> },
): Promise<RealWebhook> {
  const must = async (words: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await api.kubectl("admin", words, input);
    if (code !== 0) throw new Error(`kubectl ${words.join(" ")}: ${stderr}`);
    return stdout;
  };
  await must(["apply", "-f", "-"], JSON.stringify(ownPod()));
  const bound = ["--bound-object-kind=Pod", `--bound-object-name=${POD}`];
  const token = (await must(["-n", NAMESPACE, "create", "token", "rollcall", ...bound])).trim();
  const account = join(api.folder, "account");
  await mkdir(account, { recursive: true });
  await writeFile(join(account, "token"), token, { mode: 0o600 });
  await writeFile(join(account, "ca.crt"), await readFile(join(api.folder, "certificates/apiserver.crt")));
  await writeFile(join(account, "namespace"), NAMESPACE);
  const mounted = "/var/run/secrets/kubernetes.io/serviceaccount";
  const script =
    `mkdir -p /var/run/secrets && mount -t tmpfs none /var/run/secrets && mkdir -p ${mounted} && cp "$1"/* ${mounted}/ && ` +
    `exec "$2" "$3"`;
  const child = spawn(
    "unshare",
    [
      "--mount",
      "--map-root-user",
      "sh",
      "-euc",
      script,
      "sh",
      account,
      process.execPath,
      join(REPOSITORY_ROOT, "webhook/main.ts"),
    ],
    {
      env: {
        PATH: process.env["PATH"] ?? "",
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: String(api.port),
        ROLLCALL_NAMESPACE: NAMESPACE,
        ROLLCALL_POD: POD,
        ROLLCALL_PORT: "0",
        ROLLCALL_DRAIN_SECONDS: "0",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const log: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on("line", (line) => {
        log.push(line);
        const [, found] = /"port":(\d+).*"serving"/.exec(line) ?? [];
        if (found !== undefined) resolve(Number(found));
      });
    child.once("exit", () => reject(new Error(`the webhook has ended: ${log.slice(-5).join("\n")}`)));
  });
  const address = ownAddress() ?? "";
  try {
    await must(["apply", "-f", "-"], JSON.stringify(sliceFor(address, port)));
    await applyProfiles(api, profiles);
  } catch (error) {
    await end(child);
    throw error;
  }
  return { url: `https://${address}:${port}`, log, stop: () => end(child) };
}

/** Retries, since the webhook also validates profiles, and the API server may not have its CA and its endpoint yet. */
async function applyProfiles(api: RealApiServer, profiles: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { code, stderr } = await api.kubectl("admin", ["apply", "-f", "-"], profiles);
    if (code === 0) return;
    if (tries >= 100) throw new Error(`kubectl apply of the profiles: ${stderr}`);
    await pause(200);
  }
}

/** The webhook's own pod, which names the init image as in the base's Deployment. */
const ownPod = (): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: POD, namespace: NAMESPACE },
  spec: {
    serviceAccountName: "rollcall",
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    initContainers: [{ ...restricted, name: "init-image", image: "registry.test/rollcall/init:1" }],
    containers: [{ ...restricted, name: "webhook", image: "registry.test/rollcall/webhook:1" }],
  },
});

const restricted = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
};

const sliceFor = (address: string, port: number): object => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "rollcall", namespace: NAMESPACE, labels: { "kubernetes.io/service-name": "rollcall" } },
  addressType: "IPv4",
  endpoints: [{ addresses: [address], conditions: { ready: true } }],
  ports: [{ name: "https", port, protocol: "TCP" }],
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}
