// The cluster of this checkout: the few functions that the command line and the e2e suites use.
import { access } from "node:fs/promises";
import { join } from "node:path";
import { ensurePart } from "./cache/ensure.ts";
import { explainUnusable } from "./cache/entry.ts";
import { type CachePart, formatFolderName } from "./cache/part.ts";
import { explainDockerSilence, openEngine, pickEngine, probeNeeds } from "./engine/probe.ts";
import { ClusterError, InterruptedError } from "./failure.ts";
import { enterHost, leaveHost } from "./host/ledger.ts";
import { ensurePackages, PODMAN } from "./host/packages.ts";
import { goPart } from "./image/gobuild.ts";
import { listAllParts, type ModuleName } from "./image/node.ts";
import { KUBERNETES, TEST_TOOLS, type TestTool } from "./image/pins.ts";
import { resolveClientCaPath } from "./kind/clientCertificate.ts";
import { createCluster, loadArchive } from "./kind/create.ts";
import { ensureNodeImage, formatBuiltImageName } from "./kind/origin.ts";
import { removeFromEngine } from "./kind/remove.ts";
import { CHECKOUT } from "./paths.ts";
import { readLockHolder, withHostLock } from "./process/lock.ts";
import { answers } from "./query.ts";
import { endLeftRunning, openSession, type Session, type SessionOptions, withoutSignal } from "./session.ts";
import { type ClusterState, readState, writeState } from "./state.ts";

/** Access to a running cluster. */
export interface Cluster {
  readonly name: string;
  /** Path of a kubeconfig for this cluster only. The user's own is neither read nor written. */
  readonly kubeconfig: string;
  /** Path of a kubectl of the cluster's version. */
  readonly kubectl: string;
  readonly kubernetes: string;
  /** Path of the CA whose client certificate its API server presents to the webhook; null if there is none. */
  readonly clientCa: string | null;
}

export interface UpOptions extends SessionOptions {
  /** The API server must present a client certificate; a cluster without one is replaced. @default as it is, or none */
  readonly clientCertificate?: boolean;
}

/** The running cluster of this checkout; if there is none, it is started, and everything that is missing is built. */
export async function ensureCluster(options: UpOptions = {}): Promise<Cluster> {
  const session = openSession(options);
  return locked(session, UP, async () => {
    await endLeftRunning(session);
    const before = await readState(session.folder);
    if (before !== null && (await isCurrent(session, before, options))) return describe(session, before);
    if (before !== null) await remove(session, before);
    return start(session, options);
  });
}

/** Removes the cluster of this checkout and its changes of the host. @returns false if there was none */
export async function removeCluster(options: SessionOptions = {}): Promise<boolean> {
  const session = openSession(options);
  await stopRunningUp(session);
  return locked(session, "removes the cluster", async () => {
    await endLeftRunning(session);
    const state = await readState(session.folder);
    if (state === null) return removeForgotten(session);
    await remove(session, state);
    return true;
  });
}

/** Builds or pulls the node image, and builds every program that the tests use, so that `up` only has to start it. */
export async function prepareImage(options: SessionOptions = {}): Promise<string> {
  const session = openSession(options);
  await endLeftRunning(session);
  const { engine, needs } = await openPackagedEngine(session);
  // first the programs of suites that run during the rest of the build
  for (const program of TOOLS) await programPath(session, program);
  const { name } = await ensureNodeImage(engine, needs, session.cache, session.builder);
  // only if the image was pulled; a built image contains them
  const parts = listAllParts(session.builder.go);
  for (const part of PROCESSES) await ensurePart(session.cache, parts[part]);
  return name;
}

/** Loads an OCI or docker archive into the node of the running cluster. */
export async function load(file: string, options: SessionOptions = {}): Promise<void> {
  const session = openSession(options);
  await access(file).catch(() => {
    throw new ClusterError(`no such file: ${file}`);
  });
  const state = await readState(session.folder);
  if (state?.phase !== "up")
    throw new ClusterError("this checkout has no running cluster: run `npm run cluster -- up`");
  await loadArchive(session, state, file);
}

/**
 * The running cluster of this checkout, or null; one of another Kubernetes than the chosen does not count. Starts and
 * builds nothing, and takes 0.1 s.
 */
export async function findReadyCluster(): Promise<Cluster | null> {
  const session = openSession({});
  const state = await readState(session.folder);
  if (state?.phase !== "up" || state.kubernetes !== KUBERNETES) return null;
  if (!(await answers(session, state))) return null;
  return describe(session, state);
}

/** Path of a program that the tests use, from the cache; built now if missing. */
export function ensureTool(name: Tool, options: SessionOptions = {}): Promise<string> {
  return programPath(openSession(options), name);
}

/** The same if the cache has it, else null: builds nothing and does not wait. */
export const findBuiltTool = (name: Tool): Promise<string | null> => findBuiltProgram(name, name);

/** A program of a cached part, or null. */
export async function findBuiltProgram(name: ModuleName | TestTool, program: string): Promise<string | null> {
  const { cache, builder } = openSession({});
  const part = selectProgramPart(name, builder.go);
  const folder = join(cache.root, formatFolderName(part));
  return (await explainUnusable(folder, part.digest, "size")) === null ? join(folder, program) : null;
}

/** Programs that are used outside a node, by the name of their part. */
export type Tool = "kind" | "kubectl" | "versitygw" | TestTool;
/**
 * Programs that suites need. Helm is not one of them: it takes ten minutes to compile, and the gate does not use it.
 */
const TOOLS: readonly Tool[] = ["versitygw", "kind", "kubectl"];

/** Programs that tests start as plain processes, without a node. */
const PROCESSES: readonly ModuleName[] = ["etcd", "kubernetes"];

/** Purpose of the lock that an `up` holds. */
const UP = "starts the cluster";

async function start(session: Session, { clientCertificate = false }: UpOptions): Promise<Cluster> {
  const { engine, needs } = await openPackagedEngine(session);
  session.cache.log(`engine: ${engine.name}, because ${engine.why}`);
  const kind = await programPath(session, "kind");
  const kubectl = await programPath(session, "kubectl");
  const nodeImage = await ensureNodeImage(engine, needs, session.cache, session.builder);
  const state: ClusterState = {
    name: session.name,
    checkout: CHECKOUT,
    phase: "starting",
    engine,
    needs,
    image: nodeImage,
    kubernetes: KUBERNETES,
    kubectl,
    kind,
    clientCertificate,
  };
  // like removeForgotten for `down`
  await removeFromEngine(session.cache.shell, state);
  try {
    await enterHost(session, state);
    session.cache.log(`creating ${state.name}`);
    await createCluster(session, state);
    await writeState(session.folder, { ...state, phase: "up" });
  } catch (error) {
    session.cache.log(`removing the incomplete cluster ${state.name}`);
    await remove(withoutSignal(session), state).catch((reason: unknown) => {
      const said = reason instanceof Error ? reason.message : String(reason);
      session.cache.log(`could not remove everything: ${said}; run \`npm run cluster -- down\``);
    });
    throw error; // the first error matters
  }
  return describe(session, state);
}

async function remove(session: Session, state: ClusterState): Promise<void> {
  const { shell } = session.cache;
  const silent = state.engine.name === "docker" ? await explainDockerSilence(shell, state.engine.env) : null;
  if (silent !== null) {
    throw new ClusterError(
      `cannot remove ${state.name}, since Docker does not answer (${silent}): start its daemon and run ` +
        `\`npm run cluster -- down\`; if that daemon is gone for good, remove ${session.folder.path}`,
    );
  }
  await removeFromEngine(session.cache.shell, state);
  await leaveHost(session, state);
}

/**
 * Removes a cluster without a state file, which may exist after the cache was deleted: the engine finds it by its name.
 */
async function removeForgotten(session: Session): Promise<boolean> {
  const { shell } = session.cache;
  const { name } = await pickEngine(shell);
  const usable =
    name === "docker" || (process.getuid?.() === 0 && (await shell.run("podman", ["--version"])).code === 0);
  if (!usable) return false;
  return removeFromEngine(shell, {
    name: session.name,
    engine: await openEngine(shell, session.paths.engine),
  });
}

/** Whether a cluster may be kept: it answers, and equals the one that would be made now. */
async function isCurrent(session: Session, state: ClusterState, wanted: UpOptions): Promise<boolean> {
  if (state.phase !== "up") {
    session.cache.log(`an earlier \`up\` of ${state.name} did not finish: removing its remains`);
    return false;
  }
  if (
    state.kubernetes !== KUBERNETES ||
    (state.image.origin === "built" && state.image.name !== formatBuiltImageName(state.needs))
  ) {
    session.cache.log(
      `${state.name} runs ${state.image.name}, which no longer matches the pins: replacing it`,
    );
    return false;
  }
  if (wanted.clientCertificate === true && state.clientCertificate !== true) {
    session.cache.log(`${state.name} was made without a client certificate: replacing it`);
    return false;
  }
  if (await answers(session, state)) return true;
  session.cache.log(`${state.name} does not answer: replacing it`);
  return false;
}

async function openPackagedEngine(session: Session) {
  const { shell } = session.cache;
  if ((await pickEngine(shell)).name === "podman") await ensurePackages(shell, PODMAN, session.policy);
  const engine = await openEngine(shell, session.paths.engine);
  return { engine, needs: await probeNeeds(engine, session.cache, () => programPath(session, "kubectl")) };
}

async function programPath(session: Session, name: Tool): Promise<string> {
  return join(await ensurePart(session.cache, selectProgramPart(name, session.builder.go)), name);
}

function selectProgramPart(name: ModuleName | TestTool, go: () => Promise<string>): CachePart {
  return isTestTool(name) ? goPart(name, TEST_TOOLS[name], go) : listAllParts(go)[name];
}

const isTestTool = (name: string): name is TestTool => name in TEST_TOOLS;

function describe(session: Session, state: ClusterState): Cluster {
  const { name, kubectl, kubernetes } = state;
  const { kubeconfig, admission } = session.folder;
  const clientCa = state.clientCertificate === true ? resolveClientCaPath(admission) : null;
  return { name, kubectl, kubernetes, kubeconfig, clientCa };
}

/** Only one command at a time changes the cluster of a checkout. */
function locked<T>(session: Session, purpose: string, work: () => Promise<T>): Promise<T> {
  const { signal, log } = session.cache;
  const onWait = (holder: { pid: number; purpose: string } | null): void =>
    log(
      `waiting for process ${holder?.pid ?? "(unknown)"}, which ${holder?.purpose ?? "works on the cluster"}`,
    );
  return withHostLock(session.folder.path, { purpose, signal, onWait }, async () => {
    if (signal.aborted) throw new InterruptedError(purpose);
    return work();
  });
}

/** `down` does not wait for a running `up`, but stops it, and `up` cleans up. */
async function stopRunningUp(session: Session): Promise<void> {
  const holder = await readLockHolder(session.folder.path);
  if (holder?.purpose !== UP) return;
  session.cache.log(`stopping the \`up\` that runs as process ${holder.pid}`);
  process.kill(holder.pid, "SIGTERM");
}
