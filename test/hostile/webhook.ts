// The built webhook as a process with a stand-in for the API server: the target of hostile tenants, callers and
// members. Its heap is small, so that excessive memory use ends it and not this machine.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleProgram } from "../bundleProgram.ts";
import { renderGenericYaml, renderProfileYaml } from "../profileYaml.ts";
import { BUNDLED } from "../programs.ts";
import { HostileApiServer } from "./apiServer.ts";

const HEAP_MIB = 256;

/** For the process and its measurements. */
export const FLAGS: readonly string[] = [
  `--max-old-space-size=${HEAP_MIB}`,
  "--expose-gc",
  "--import",
  fileURLToPath(new URL("inPod.mjs", import.meta.url)),
];

/** @param ring more fields of the ring's profile, as YAML */
export const renderProfiles = (ring = ""): string =>
  [
    renderGenericYaml(
      "demo",
      `nodeID: {env: NODE_ID, base: 1, max: 99}, markers: {volume: data, path: .rollcall},
      env: [{name: GREETING, value: hello}], envFrom: [{configMapRef: {name: common}}],
      steps: [{name: init, scope: Pod, run: ["true"], verify: ["true"]}]`,
    ),
    renderGenericYaml(
      "plain",
      "nodeID: {env: NODE_ID, base: 1, max: 99}, scaleDown: {policy: Deny}",
      "selectorLabel: Warn",
    ),
    renderGenericYaml(
      "drained",
      `nodeID: {env: NODE_ID, base: 1, max: 99}, markers: {volume: data, path: .rollcall},
      scaleDown: {policy: Drained, minReplicas: 1, leave: {run: ["true"], verify: ["true"], timeout: 1m}}`,
    ),
    renderGenericYaml("pooled", "nodeID: {env: NODE_ID, pool: shared, base: 1, max: 99}"),
    renderProfileYaml(
      "ring",
      `type: OzoneOM, namespaces: ["*"], ozoneOM: {containers: [app], serviceID: omservice, maxReplicas: 9,
      metadata: {volume: data, dirs: /data}, scmURLs: ["http://scm:9876"],
      scaleDown: {policy: Drained, minReplicas: 1}, ${ring}}`,
    ),
  ].join("");

export interface Stall {
  /** the longest stretch of the main thread's CPU time without JSON.parse, in milliseconds, since the last call */
  longest: number;
  /** the longest JSON.parse of 16 KiB or more, in milliseconds */
  parse: number;
  heapUsed: number;
  rss: number;
  cpuMs: number;
}

export interface WebhookAnswer {
  status: number;
  text: string;
  milliseconds: number;
}

let built: Promise<string> | undefined;

/** One bundle for all files of this process. */
function buildWebhook(): Promise<string> {
  built ??= (async () => {
    if (BUNDLED !== null) return join(BUNDLED, "webhook.mjs");
    const folder = await mkdtemp(join(tmpdir(), "rollcall-webhook-"));
    // synchronous, since no event loop runs at exit
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const outfile = join(folder, "webhook.mjs");
    await bundleProgram(new URL("../../webhook/main.ts", import.meta.url), outfile);
    return outfile;
  })();
  return built;
}

export class WebhookProcess {
  readonly api: HostileApiServer;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #ca: string;
  #output = "";

  private constructor(given: { api: HostileApiServer; port: number; child: ChildProcess; folder: string }) {
    this.api = given.api;
    this.port = given.port;
    this.#child = given.child;
    this.#folder = given.folder;
    const secret = this.api.objects.get("/api/v1/namespaces/rollcall-system/secrets/rollcall-tls");
    const data = (secret?.["data"] ?? {}) as Record<string, string>;
    this.#ca = Buffer.from(data["ca.crt"] ?? "", "base64").toString();
    for (const stream of [given.child.stdout, given.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-64 * 1024 * 1024);
      });
    }
  }

  static async start({ profiles = renderProfiles() }: { profiles?: string } = {}): Promise<WebhookProcess> {
    const program = await buildWebhook();
    const api = await HostileApiServer.start();
    const folder = await mkdtemp(join(tmpdir(), "rollcall-hostile-"));
    await mkdir(join(folder, "account"));
    await writeFile(join(folder, "account", "token"), "t");
    await writeFile(join(folder, "account", "ca.crt"), api.ca);
    await writeFile(join(folder, "account", "namespace"), "rollcall-system");
    api.putProfiles(profiles);
    const port = await freePort();
    const child = spawn(process.execPath, [...FLAGS, program], {
      env: {
        TEST_SERVICE_ACCOUNT: join(folder, "account"),
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: String(api.port),
        ROLLCALL_NAMESPACE: "rollcall-system",
        ROLLCALL_POD: "rollcall-1",
        ROLLCALL_PORT: String(port),
        ROLLCALL_DRAIN_SECONDS: "0",
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let output = "";
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    while (!output.includes('"serving"')) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the webhook ended: ${output}`);
      await new Promise((done) => setTimeout(done, 20));
    }
    child.stdout?.off("data", keep);
    child.stderr?.off("data", keep);
    return new WebhookProcess({ api, port, child, folder });
  }

  /** Its log. */
  get output(): string {
    return this.#output;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get ca(): string {
    return this.#ca;
  }

  /** The longest blocking of the event loop since the last call. */
  async stall(): Promise<Stall> {
    const told = once(this.#child, "message");
    this.#child.send("tell");
    const [stall] = await told;
    return stall as Stall;
  }

  /** Bytes in use after a garbage collection. */
  async held(): Promise<number> {
    const told = once(this.#child, "message");
    this.#child.send("collect");
    const [answer] = await told;
    return (answer as { held: number }).held;
  }

  /** The maximum increase of memory in bytes while these requests are answered. */
  async mostHeldWhile<T>(ask: () => readonly Promise<T>[]): Promise<{ answers: T[]; most: number }> {
    const before = await this.held();
    let isOver = false;
    let most = 0;
    const answers = Promise.all(ask()).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      most = Math.max(most, (await this.held()) - before);
      await new Promise((done) => setTimeout(done, 250));
    }
    return { answers: await answers, most };
  }

  /** One POST on a new connection. @param timeoutMs after which it fails */
  post(path: string, body: string | Buffer, timeoutMs = 30_000): Promise<WebhookAnswer> {
    return this.#ask("POST", path, body, timeoutMs);
  }

  get(path: string, timeoutMs = 30_000): Promise<WebhookAnswer> {
    return this.#ask("GET", path, "", timeoutMs);
  }

  #ask(method: string, path: string, body: string | Buffer, timeoutMs: number): Promise<WebhookAnswer> {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const sent = request(
        {
          host: "127.0.0.1",
          servername: "rollcall.rollcall-system.svc",
          port: this.port,
          ca: this.#ca,
          path,
          method,
          headers,
          agent: false,
        },
        (answer) => {
          answer.toArray().then((chunks) => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: answer.statusCode ?? 0, text, milliseconds: performance.now() - began });
          }, reject);
        },
      );
      const timer = setTimeout(() => {
        sent.destroy(new Error(`no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      sent.once("close", () => clearTimeout(timer));
      sent.on("error", reject);
      sent.end(body);
    });
  }

  async stop(): Promise<void> {
    if (this.isAlive) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    await this.api.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}
