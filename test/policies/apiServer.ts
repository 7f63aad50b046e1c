// A real API server with its etcd, as two processes on loopback, and on request the controllers that delete dependents.
// There are no nodes, so no pod ever runs. The programs come from the cache of `npm run cluster`.
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ApiAccess } from "../../webhook/cluster/access.ts";
import { findBuiltProgram, findBuiltTool } from "../e2e/cluster/provider.ts";
import { freePort } from "../init/world/s3/versitygw.ts";
import { needs } from "../requirements.ts";

const START_MS = 60_000;

export interface KubectlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RealApiServer {
  readonly port: number;
  /** contains the kubeconfigs; removed by `stop` */
  readonly folder: string;
  /** runs kubectl as one of `users`, or with a token; does not reject if the API server refuses */
  kubectl(who: Who, words: readonly string[], input?: string): Promise<KubectlResult>;
  /** starts these controllers, each with its own account, as kubeadm runs them */
  startControllers(names: readonly string[]): Promise<void>;
  /** Ends a program by SIGKILL. Its data stays. */
  kill(name: RestartableProgram): Promise<void>;
  /** Restarts a killed program on its port; resolves when the API server is ready, or has started if etcd is down. */
  revive(name: RestartableProgram): Promise<void>;
  /** Compacts etcd's history, as the API server does every five minutes; returns etcd's revision. */
  compact(): Promise<number>;
  stop(): Promise<void>;
}

export type RestartableProgram = "etcd" | "kube-apiserver";

/** The name of one of `users`, or a token. */
export type Who = string | { readonly token: string };

export interface StartInput {
  /** the groups of each user; `admin` is always in system:masters */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** an AdmissionConfiguration, for --admission-control-config-file */
  readonly admission?: (folder: string) => Promise<string>;
}

/** Skips if the programs are not built. */
export async function startApiServer(context: Mocha.Context, input: StartInput = {}): Promise<RealApiServer> {
  const programs = await findPrograms(context);
  const folder = await mkdtemp(join(tmpdir(), "rollcall-apiserver-"));
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return await start({ programs, folder, children, input, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Programs {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllers: string;
  readonly kubectl: string;
}

async function findPrograms(context: Mocha.Context): Promise<Programs> {
  const found = {
    etcd: await findBuiltProgram("etcd", "etcd"),
    apiServer: await findBuiltProgram("kubernetes", "kube-apiserver"),
    controllers: await findBuiltProgram("kubernetes", "kube-controller-manager"),
    kubectl: await findBuiltTool("kubectl"),
  };
  const missing = Object.entries(found).filter(([, path]) => path === null);
  const what = `${missing.map(([name]) => name).join(", ")}, which \`npm run cluster -- image\` builds`;
  needs(context, missing.length === 0, what);
  return found as Programs;
}

interface StartContext {
  readonly programs: Programs;
  readonly folder: string;
  readonly children: ChildProcess[];
  readonly input: StartInput;
  readonly stop: () => Promise<void>;
}

async function start({ programs, folder, children, input, stop }: StartContext): Promise<RealApiServer> {
  const run = (name: string, program: string, words: readonly string[]): RunningProcess => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    const told: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        told.push(chunk.toString());
        if (told.length > 200) told.shift();
      });
    return { name, child, told };
  };
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const etcdWords = [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    "--unsafe-no-fsync",
    "--log-level=error",
  ];
  const keys = await writeKeys(folder);
  const users: Record<string, readonly string[]> = { admin: ["system:masters"], ...input.users };
  const tokens = Object.keys(users).map((name) => `${name}-token`);
  const lines = Object.entries(users).map(
    ([name, groups], at) => `${tokens[at]},${name},uid-${at},"${groups.join(",")}"`,
  );
  await writeFile(join(folder, "tokens.csv"), `${lines.join("\n")}\n`);
  const admission = await input.admission?.(folder);
  const serverWords = [
    `--etcd-servers=http://127.0.0.1:${client}`,
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
    `--cert-dir=${join(folder, "certificates")}`,
    "--authorization-mode=RBAC",
    "--allow-privileged",
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${keys.public}`,
    `--service-account-signing-key-file=${keys.private}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    // webhooks are called at the endpoints of their Service, since there is no kube-proxy
    "--enable-aggregator-routing=true",
    ...(admission === undefined ? [] : [`--admission-control-config-file=${admission}`]),
  ];
  const begin = {
    etcd: () => run("etcd", programs.etcd, etcdWords),
    "kube-apiserver": () => run("kube-apiserver", programs.apiServer, serverWords),
  };
  const running = { etcd: begin.etcd(), "kube-apiserver": begin["kube-apiserver"]() };
  await untilReady(port, Object.values(running));
  const url = `https://127.0.0.1:${port}`;
  const configs = new Map<string, string>();
  const writeConfig = async (token: string): Promise<string> => {
    const known = configs.get(token);
    if (known !== undefined) return known;
    const path = join(folder, `kubeconfig-${configs.size}`);
    await writeFile(path, kubeconfig(url, token), { mode: 0o600 });
    configs.set(token, path);
    return path;
  };
  return {
    port,
    folder,
    kubectl: async (who, words, stdin) => {
      const token = typeof who === "string" ? `${who}-token` : who.token;
      return runToEnd(programs.kubectl, [`--kubeconfig=${await writeConfig(token)}`, ...words], stdin);
    },
    startControllers: async (names) => {
      const controllers = run("kube-controller-manager", programs.controllers, [
        `--kubeconfig=${await writeConfig("admin-token")}`,
        `--controllers=${names.join(",")}`,
        "--use-service-account-credentials",
        `--service-account-private-key-file=${keys.private}`,
        "--leader-elect=false",
        "--secure-port=0",
        "--concurrent-gc-syncs=2",
      ]);
      await pause(500);
      assertRuns([controllers]);
    },
    kill: (name) => end(running[name].child),
    revive: async (name) => {
      running[name] = begin[name]();
      await untilReady(port, Object.values(running));
    },
    compact: () => compact(client),
    stop,
  };
}

/** Through etcd's JSON gateway. */
async function compact(port: number): Promise<number> {
  const ask = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`etcd answered ${answer.status} to ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const { header } = (await ask("/v3/kv/range", { key: "AA==" })) as { header: { revision: string } };
  await ask("/v3/kv/compaction", { revision: header.revision, physical: true });
  return Number(header.revision);
}

interface RunningProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly told: readonly string[];
}

function assertRuns(all: readonly RunningProcess[]): void {
  for (const { name, child, told } of all) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${name} has ended: ${told.join("").slice(-2_000)}`);
  }
}

async function untilReady(port: number, all: readonly RunningProcess[]): Promise<void> {
  const until = performance.now() + START_MS;
  while (!(await isReady(port))) {
    assertRuns(all);
    if (performance.now() > until)
      throw new Error(
        `the API server is not ready after ${START_MS} ms: ${all.at(-1)?.told.join("").slice(-2_000)}`,
      );
    await pause(200);
  }
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(2_000);
    const asked = request({ host: "127.0.0.1", port, path: "/readyz", rejectUnauthorized: false, signal });
    asked.on("error", () => resolve(false));
    asked.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.end();
  });
}

async function writeKeys(folder: string): Promise<{ public: string; private: string }> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const paths = { public: join(folder, "accounts.pub"), private: join(folder, "accounts.key") };
  await writeFile(paths.public, publicKey.export({ type: "spki", format: "pem" }));
  await writeFile(paths.private, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
  return paths;
}

const kubeconfig = (server: string, token: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });

async function runToEnd(program: string, words: readonly string[], stdin?: string): Promise<KubectlResult> {
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  // a process that has ended does not read
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin ?? "");
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** How a program accesses the API server as admin. */
export async function buildAdminAccess({ port, folder }: RealApiServer): Promise<ApiAccess> {
  const ca = await readFile(join(folder, "certificates/apiserver.crt"), "utf8");
  return {
    server: `https://127.0.0.1:${port}`,
    readCredentials: () => Promise.resolve({ ca, token: "admin-token" }),
  };
}
