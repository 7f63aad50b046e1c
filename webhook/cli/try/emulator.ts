// The local environment of `try` and the demo: the webhook's HTTPS server on loopback, folders for volumes, a runner, and a
// stand-in for the API server.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PLAN_ENV } from "../../../init/contract/places.ts";
import { INIT_CONTAINER, POD_INDEX_LABEL } from "../../kubernetes/names.ts";
import type { Container, Pod } from "../../kubernetes/objects.ts";
import { buildPod } from "../../kubernetes/statefulSetPods.ts";
import { leavesByPreStop } from "../../mutation/preStop.ts";
import { DEFAULT_CONTROLLER_USERS } from "../../mutation/settings.ts";
import type { Profiles } from "../../profiles/profileSet.ts";
import { createFixedSource } from "../../profiles/source.ts";
import { createRoutes } from "../../reviews/routes.ts";
import type { LivePod } from "../../scaleDown/evidence.ts";
import { startServer } from "../../server/https.ts";
import { issueSelfSigned } from "../../tls/selfSigned.ts";
import type { LiveSet } from "../../validation/numberPool.ts";
import { buildStoredSet, toLiveSet } from "../applied.ts";
import { patchCopy } from "../patchCopy.ts";
import type { Workload } from "../workload.ts";
import { readSetRecord } from "./apiAccess.ts";
import { ApiStandIn } from "./apiStandIn.ts";
import { createEmulatedGuard, type LivePods } from "./emulatedGuard.ts";
import type { FileOwner } from "./folders.ts";
import { makeRunner } from "./makeRunner.ts";
import { type Endpoint, type ReviewReply, review } from "./reviews.ts";
import {
  type InitRun,
  type LeaveRun,
  type PodHere,
  preparePod,
  type RunInitInput,
  runInit,
  skipInit,
  tryLeave,
} from "./runInit.ts";
import { chooseSandbox, type StepSandbox } from "./stepSandbox.ts";

/** A pod after admission; `pod` is null if it was denied. */
export interface AdmittedPod {
  name: string;
  ordinal: number;
  pod: Pod | null;
  /** null: it got none */
  nodeId: string | null;
  denial: string | null;
  warnings: readonly string[];
}

export interface Emulator {
  endpoint: Endpoint;
  /** the folder for volumes and logs */
  work: string;
  /**
   * reviews the StatefulSet as `kubectl apply` would
   * @param before the applied version; none: the StatefulSet is created
   */
  apply(workload: Workload, before?: Workload): Promise<ReviewReply>;
  /** creates the pod of an ordinal as the StatefulSet controller would: both hooks, in order */
  create(workload: Workload, ordinal: number): Promise<AdmittedPod>;
  /**
   * runs the pod's rollcall-init as a process
   * @param skipSteps start the pod without its steps @default false
   */
  start(pod: Pod, onLine: (line: string) => void, skipSteps?: boolean): Promise<InitRun>;
  /** runs leave or drain in the pod's container that has the plan */
  leave(pod: Pod, how: "leave" | "drain", onLine: (line: string) => void): Promise<LeaveRun>;
  /** whether the record says that the pod has left or was drained */
  hasLeft(pod: Pod, how: "leave" | "drain"): boolean;
  close(): Promise<void>;
}

export interface EmulatorInput {
  profiles: Profiles;
  initImage: string;
  /** the user that runs the steps; null: the current user */
  owner: FileOwner | null;
  /** whether the steps use this machine's network */
  network: boolean;
  stop: AbortSignal;
}

/** Starts the server and creates the folders; `close` stops the one and removes the others. */
export async function startEmulator({
  profiles,
  initImage,
  owner,
  network,
  stop,
}: EmulatorInput): Promise<Emulator> {
  const certificate = await issueSelfSigned(["localhost", "127.0.0.1"], new Date());
  // applied StatefulSets stand for those that exist in the cluster
  const applied: LiveSet[] = [];
  const settings = { initImage: { name: initImage }, controllerUsers: DEFAULT_CONTROLLER_USERS };
  const api = await ApiStandIn.start(certificate);
  const live: LivePods = new Map();
  const server = await startServer({
    port: 0,
    host: "127.0.0.1",
    certificate,
    routes: createRoutes({
      source: createFixedSource(profiles),
      settings,
      liveSets: () => Promise.resolve(applied),
      guard: createEmulatedGuard(api, live),
    }),
    health: { whyNotReady: () => null },
    metrics: null,
    onServed: () => undefined,
  });
  const work = await mkdtemp(join(tmpdir(), "rollcall-"));
  // the steps' user needs to traverse the folder
  if (owner !== null) await chmod(work, 0o755);
  const endpoint: Endpoint = { port: server.port, ca: certificate.ca };
  const runner = join(work, "runner");
  const running = new Map<string, PodHere>();
  let ready: Promise<StepSandbox> | null = null;
  const prepareSandbox = async (): Promise<StepSandbox> => {
    const relay = { folder: work, socket: "api.sock", port: api.port };
    const room = chooseSandbox(runner, { owner, network }, relay);
    if (!network) await api.listenAt(join(work, relay.socket));
    await makeRunner(runner);
    return room;
  };
  const buildRunInitInput = async (pod: Pod, onLine: RunInitInput["onLine"]): Promise<RunInitInput> => {
    ready ??= prepareSandbox();
    return { pod, work, runner, room: await ready, api, stop, onLine };
  };

  return {
    endpoint,
    work,
    apply: async (workload, before) => {
      const { set, namespace } = workload;
      const reply = await review(endpoint, {
        path: "/validate",
        resource: "statefulsets",
        namespace,
        name: set.metadata.name,
        // only a stored StatefulSet has a uid
        object: before === undefined ? workload.object : buildStoredSet(workload),
        ...(before === undefined ? {} : { old: buildStoredSet(before) }),
      });
      if (reply.allowed) {
        if (before === undefined) applied.push(toLiveSet(workload));
        api.putStatefulSet(namespace, set.metadata.name, buildStoredSet(workload));
      }
      return reply;
    },
    create: (workload, ordinal) => create(endpoint, workload, ordinal),
    start: async (pod, onLine, skipSteps = false) => {
      const input = await buildRunInitInput(pod, onLine);
      const here = await preparePod(input);
      const run = skipSteps ? skipInit(here) : await runInit(here, input);
      running.set(formatPodName(pod), here);
      addLivePod(live, here);
      return run;
    },
    leave: async (pod, how, onLine) => {
      const here = running.get(formatPodName(pod));
      const container = here === undefined ? undefined : findPlannedContainer(here.pod);
      if (here === undefined || container === undefined)
        return { exitCode: null, why: "no container has a plan, so the pod cannot leave" };
      return tryLeave(here, container, how, await buildRunInitInput(here.pod, onLine));
    },
    hasLeft: (pod, how) => {
      const workload = readSetName(pod);
      const record = readSetRecord(api, { namespace: pod.metadata.namespace ?? "", workload });
      const entries = how === "drain" ? record?.drained : record?.tombstones;
      return entries?.[pod.metadata.name ?? ""]?.podUid === running.get(formatPodName(pod))?.uid;
    },
    close: async () => {
      await server.drain(0);
      await api.close();
      await rm(work, { recursive: true, force: true });
    },
  };
}

const formatPodName = ({ metadata: { namespace, name } }: Pod): string => `${namespace}/${name}`;

const readSetName = ({ metadata }: Pod): string =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)?.name ?? "";

/** The application's container that leaves: it has the plan in its env. */
const findPlannedContainer = ({ spec }: Pod): Container | undefined =>
  [...spec.containers, ...(spec.initContainers ?? [])].find(
    ({ name, env }) => name !== INIT_CONTAINER && env?.some((each) => each.name === PLAN_ENV),
  );

function addLivePod(live: LivePods, { pod, uid }: PodHere): void {
  const { name = "", namespace = "", labels } = pod.metadata;
  const key = `${namespace}/${readSetName(pod)}`;
  const container = findPlannedContainer(pod);
  const account: unknown = { ...pod.spec }["serviceAccountName"];
  const pods = live.get(key) ?? new Map<string, LivePod>();
  live.set(key, pods);
  pods.set(name, {
    name,
    ordinal: Number(labels?.[POD_INDEX_LABEL] ?? -1),
    uid,
    running: true,
    ip: null,
    serviceAccount: typeof account === "string" ? account : "default",
    leaves: container !== undefined && leavesByPreStop(container),
  });
}

async function create(
  endpoint: Endpoint,
  { set, namespace }: Workload,
  ordinal: number,
): Promise<AdmittedPod> {
  const pod = buildPod(set, namespace, ordinal);
  const name = `${set.metadata.name}-${ordinal}`;
  const mutated = await review(endpoint, { path: "/mutate", resource: "pods", namespace, name, object: pod });
  const refused = { name, ordinal, pod: null, nodeId: null };
  if (!mutated.allowed) return { ...refused, denial: mutated.message, warnings: mutated.warnings };
  const changed = patchCopy(pod, mutated.operations);
  const validated = await review(endpoint, {
    path: "/validate",
    resource: "pods",
    namespace,
    name,
    object: changed,
  });
  const warnings = [...mutated.warnings, ...validated.warnings];
  if (!validated.allowed) return { ...refused, denial: validated.message, warnings };
  return { name, ordinal, pod: changed, nodeId: mutated.audit["node-id"] ?? null, denial: null, warnings };
}
