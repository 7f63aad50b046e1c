// Reads the user's kubeconfig like kubectl: which cluster, and as whom. @kubernetes/client-node reads it as well, but would
// add 1.6 MB to the 2.1 MB of the command (measured with 2.0.1). Login by `auth-provider` was removed from Kubernetes 1.26.
import { readFile } from "node:fs/promises";
import { Agent as PlainAgent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import {
  anything,
  flag,
  formatShapeFault,
  list,
  mapOf,
  nullish,
  object,
  readShape,
  type TypeOf,
  text,
  webAddress,
} from "../../../init/contract/shape.ts";
import type { ApiAccess } from "../../cluster/access.ts";
import { BadInput } from "../ending.ts";
import { type ExecConfig, execConfig, readExecCredential } from "./execCredential.ts";

export interface KubeconfigWords {
  /** a file; undefined: $KUBECONFIG, or ~/.kube/config */
  readonly kubeconfig?: string | undefined;
  /** undefined: the current context */
  readonly context?: string | undefined;
}

export interface KubeconfigAccess extends ApiAccess {
  readonly context: string;
  /** of the context; null: it has none */
  readonly namespace: string | null;
}

const cluster = object({
  server: webAddress(),
  "certificate-authority": nullish(text()),
  "certificate-authority-data": nullish(text()),
  "insecure-skip-tls-verify": nullish(flag()),
  "tls-server-name": nullish(text()),
  "proxy-url": nullish(text()),
});

const user = object({
  token: nullish(text()),
  tokenFile: nullish(text()),
  username: nullish(text()),
  password: nullish(text()),
  "client-certificate": nullish(text()),
  "client-certificate-data": nullish(text()),
  "client-key": nullish(text()),
  "client-key-data": nullish(text()),
  exec: nullish(execConfig),
  "auth-provider": anything(),
  as: nullish(text()),
  "as-uid": nullish(text()),
  "as-groups": nullish(list(text())),
  "as-user-extra": nullish(mapOf(list(text()))),
});

const kubeconfig = object({
  "current-context": nullish(text()),
  contexts: nullish(
    list(
      object({
        name: text(),
        context: nullish(object({ cluster: text(), user: nullish(text()), namespace: nullish(text()) })),
      }),
    ),
  ),
  clusters: nullish(list(object({ name: text(), cluster: nullish(cluster) }))),
  users: nullish(list(object({ name: text(), user: nullish(user) }))),
});

/** An entry and the folder of its file, to which its paths are relative. */
interface PlacedEntry<T> {
  readonly value: T;
  readonly folder: string;
}

interface KubeconfigContext {
  readonly cluster: string;
  /** "": none */
  readonly user: string;
  readonly namespace: string | null;
}

interface MergedKubeconfig {
  readonly files: string[];
  currentContext: string;
  readonly contexts: Map<string, PlacedEntry<KubeconfigContext>>;
  readonly clusters: Map<string, PlacedEntry<TypeOf<typeof cluster>>>;
  readonly users: Map<string, PlacedEntry<TypeOf<typeof user>>>;
}

/** @throws BadInput if there is no usable kubeconfig; UnknownAnswer if its login command fails */
export async function readKubeconfigAccess(words: KubeconfigWords): Promise<KubeconfigAccess> {
  const config = await readKubeconfigFiles(listFiles(words.kubeconfig));
  const shown = config.files.join(", ");
  const name = words.context ?? config.currentContext;
  if (name === "") throw new BadInput(`${shown}: no current-context; set --context NAME`);
  const context = config.contexts.get(name)?.value;
  if (context === undefined) throw new BadInput(`${shown}: there is no context ${JSON.stringify(name)}`);
  const found = config.clusters.get(context.cluster);
  if (found === undefined)
    throw new BadInput(`${shown}: context ${name}: there is no cluster ${JSON.stringify(context.cluster)}`);
  const placedUser = config.users.get(context.user);
  if (placedUser === undefined && context.user !== "")
    throw new BadInput(`${shown}: context ${name}: there is no user ${JSON.stringify(context.user)}`);
  const credentials = await readCredentials(placedUser ?? { value: {}, folder: "" }, found.value);
  const server = found.value.server.replace(/\/+$/, "");
  return {
    context: name,
    namespace: context.namespace,
    server,
    agent: await createAgent(found, server, credentials),
    readCredentials: () => Promise.resolve({ ca: null, ...credentials }),
  };
}

function listFiles(given: string | undefined): { path: string; isRequired: boolean }[] {
  if (given !== undefined) return [{ path: given, isRequired: true }];
  const named = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  // kubectl skips missing files of a list
  if (named.length > 0) return named.map((path) => ({ path, isRequired: named.length === 1 }));
  return [{ path: join(homedir(), ".kube", "config"), isRequired: true }];
}

async function readKubeconfigFiles(
  files: readonly { path: string; isRequired: boolean }[],
): Promise<MergedKubeconfig> {
  const merged: MergedKubeconfig = {
    files: [],
    currentContext: "",
    contexts: new Map(),
    clusters: new Map(),
    users: new Map(),
  };
  for (const { path, isRequired } of files) {
    const read = await readKubeconfigFile(path, isRequired);
    if (read !== null) addKubeconfig(merged, path, read);
  }
  if (merged.files.length > 0) return merged;
  throw new BadInput(`${files.map(({ path }) => path).join(", ")}: no such file`);
}

function addKubeconfig(merged: MergedKubeconfig, path: string, read: TypeOf<typeof kubeconfig>): void {
  const folder = dirname(resolve(path));
  merged.files.push(path);
  merged.currentContext ||= read["current-context"] ?? "";
  for (const { name, context } of read.contexts ?? [])
    addFirst(merged.contexts, name, { value: toContext(context ?? { cluster: "" }), folder });
  for (const { name, cluster: value } of read.clusters ?? [])
    if (value) addFirst(merged.clusters, name, { value, folder });
  for (const { name, user: value } of read.users ?? [])
    addFirst(merged.users, name, { value: value ?? {}, folder });
}

const toContext = ({
  cluster,
  user: as,
  namespace,
}: {
  cluster: string;
  user?: string | null | undefined;
  namespace?: string | null | undefined;
}): KubeconfigContext => ({ cluster, user: as ?? "", namespace: namespace || null });

/** Of entries with one name the first file's counts. */
function addFirst<T>(map: Map<string, T>, name: string, value: T): void {
  if (!map.has(name)) map.set(name, value);
}

async function readKubeconfigFile(
  path: string,
  isRequired: boolean,
): Promise<TypeOf<typeof kubeconfig> | null> {
  let content: unknown;
  try {
    content = parse(await readFile(path, "utf8"));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing && !isRequired) return null;
    if (isMissing)
      throw new BadInput(`${path}: no such file; set --kubeconfig FILE or the variable KUBECONFIG`);
    throw new BadInput(`${path}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
  }
  const read = readShape(kubeconfig, content ?? {});
  if ("value" in read) return read.value;
  throw new BadInput(`${path}: not a kubeconfig: ${formatShapeFault(read.fault, "the document")}`);
}

interface Login {
  readonly token: string | null;
  readonly headers: Record<string, string | string[]>;
  readonly cert: string | null;
  readonly key: string | null;
}

async function readCredentials(
  { value, folder }: PlacedEntry<TypeOf<typeof user>>,
  { server }: TypeOf<typeof cluster>,
): Promise<Login> {
  const {
    token,
    tokenFile,
    exec,
    "client-certificate": certFile,
    "client-certificate-data": certData,
    "client-key": keyFile,
    "client-key-data": keyData,
    "auth-provider": authProvider,
  } = value;
  if (authProvider !== undefined)
    throw new BadInput("the kubeconfig logs in by auth-provider, which Kubernetes 1.26 removed; use exec");
  const headers = buildHeaders(value);
  const cert = await readPem(folder, certData, certFile);
  const key = await readPem(folder, keyData, keyFile);
  const stored = tokenFile ? (await readConfigFile(folder, tokenFile)).trim() : null;
  const login = { token: stored ?? (token || null), headers, cert, key };
  if (!exec || login.token !== null || (cert !== null && key !== null)) return login;
  const config: ExecConfig = exec;
  const credential = await readExecCredential(config, { folder, server });
  return { ...login, ...credential };
}

function buildHeaders({
  username,
  password,
  as: impersonated,
  "as-uid": uid,
  "as-groups": groups,
  "as-user-extra": extras,
}: TypeOf<typeof user>): Record<string, string | string[]> {
  const extra = Object.entries(extras ?? {}).map(([key, values]) => [
    `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`,
    values,
  ]);
  return {
    ...(username
      ? { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` }
      : {}),
    ...(impersonated ? { "impersonate-user": impersonated } : {}),
    ...(uid ? { "impersonate-uid": uid } : {}),
    ...(groups?.length ? { "impersonate-group": groups } : {}),
    ...(Object.fromEntries(extra) as Record<string, string[]>),
  };
}

/** Base64 in the kubeconfig, or a file; null: neither. */
async function readPem(
  folder: string,
  data: string | null | undefined,
  file: string | null | undefined,
): Promise<string | null> {
  if (data) return Buffer.from(data, "base64").toString("utf8");
  return file ? readConfigFile(folder, file) : null;
}

async function readConfigFile(folder: string, path: string): Promise<string> {
  try {
    return await readFile(resolve(folder, path), "utf8");
  } catch (error) {
    throw new BadInput(
      `the kubeconfig names ${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Proxies are those of the kubeconfig, or by the variables HTTPS_PROXY and NO_PROXY, as with kubectl. */
async function createAgent(
  { value, folder }: PlacedEntry<TypeOf<typeof cluster>>,
  server: string,
  { cert, key }: Login,
): Promise<PlainAgent> {
  const {
    "certificate-authority": caFile,
    "certificate-authority-data": caData,
    "insecure-skip-tls-verify": skipsVerification,
    "tls-server-name": name,
    "proxy-url": proxy,
  } = value;
  if (proxy && !/^https?:/.test(proxy))
    throw new BadInput(`the kubeconfig's proxy-url ${proxy} is not supported, only http and https are`);
  const proxyEnv = proxy ? { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } : process.env;
  if (new URL(server).protocol === "http:") return new PlainAgent({ keepAlive: true, proxyEnv });
  const ca = await readPem(folder, caData, caFile);
  try {
    return new SecureAgent({
      keepAlive: true,
      proxyEnv,
      ...(ca === null ? {} : { ca }),
      ...(cert === null || key === null ? {} : { cert, key }),
      ...(name ? { servername: name } : {}),
      rejectUnauthorized: skipsVerification !== true,
    });
  } catch (error) {
    throw new BadInput(`the kubeconfig: ${error instanceof Error ? error.message : String(error)}`);
  }
}
