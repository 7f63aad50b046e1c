// The stage that `try` and the demo play on: the real HTTPS server on loopback, folders for volumes, a runner, and a
// stand-in for what the runner asks of an API server.
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { podOf } from "../../inject/pods.ts";
import type { LiveSet } from "../../inject/pool.ts";
import { DEFAULT_CONTROLLER_USERS } from "../../inject/settings.ts";
import type { Pod } from "../../inject/shape.ts";
import type { Profiles } from "../../profiles/profile.ts";
import { ONE_VERSION } from "../../profiles/versions.ts";
import { startServer } from "../../server/https.ts";
import { routes } from "../../server/routes.ts";
import { selfSign } from "../../tls/selfSigned.ts";
import { liveSetOf, storedSetOf } from "../applied.ts";
import { patchedCopy } from "../patchedCopy.ts";
import type { Workload } from "../workload.ts";
import { ApiStandIn } from "./apiStandIn.ts";
import type { Owner } from "./folders.ts";
import { NOTHING_LIVES } from "./nothingLives.ts";
import { type Endpoint, type Reply, review } from "./reviews.ts";
import { type InitRun, runInit } from "./runInit.ts";
import { makeRunner } from "./runner.ts";

/** A pod as it came out of admission; `pod` is null where it was denied. */
export interface Admitted {
  name: string;
  ordinal: number;
  pod: Pod | null;
  /** null where it got none */
  nodeId: string | null;
  denial: string | null;
  warnings: readonly string[];
}

export interface Stage {
  endpoint: Endpoint;
  /** where folders and logs are */
  work: string;
  /** what `kubectl apply` of the StatefulSet would be told */
  apply(workload: Workload): Promise<Reply>;
  /** creates the pod of an ordinal as the StatefulSet controller would: both hooks, in order */
  create(workload: Workload, ordinal: number): Promise<Admitted>;
  /** runs the pod's rollcall-init as a process */
  start(pod: Pod, onLine: (line: string) => void): Promise<InitRun>;
  close(): Promise<void>;
}

export interface StageInput {
  profiles: Profiles;
  initImage: string;
  /** the user that steps run as; null: whoever runs this */
  owner: Owner | null;
  stop: AbortSignal;
}

/** Starts the server and makes the folders; `close` ends the one and removes the others. */
export async function openStage({ profiles, initImage, owner, stop }: StageInput): Promise<Stage> {
  const certificate = await selfSign(["localhost", "127.0.0.1"], new Date());
  // what this stage has applied stands for what lives in a cluster
  const applied: LiveSet[] = [];
  const settings = { initImage: { name: initImage }, controllerUsers: DEFAULT_CONTROLLER_USERS };
  const server = await startServer({
    port: 0,
    host: "127.0.0.1",
    certificate,
    routes: routes({
      inForce: () => ({ profiles, settings }),
      versions: ONE_VERSION,
      liveSets: () => Promise.resolve(applied),
      guard: NOTHING_LIVES,
    }),
    health: { whyNotReady: () => null },
    metrics: null,
    onServed: () => undefined,
  });
  const api = await ApiStandIn.start(certificate);
  const work = await mkdtemp(join(tmpdir(), "rollcall-"));
  // the steps' user must be able to walk through
  if (owner !== null) await chmod(work, 0o755);
  const endpoint: Endpoint = { port: server.port, ca: certificate.ca };
  const runner = join(work, "runner");
  let runnerMade: Promise<void> | null = null;

  return {
    endpoint,
    work,
    apply: async (workload) => {
      const { set, object, namespace } = workload;
      const reply = await review(endpoint, {
        path: "/validate",
        resource: "statefulsets",
        namespace,
        name: set.metadata.name,
        object,
      });
      if (reply.allowed) {
        applied.push(liveSetOf(workload));
        api.putStatefulSet(namespace, set.metadata.name, storedSetOf(workload));
      }
      return reply;
    },
    create: (workload, ordinal) => create(endpoint, workload, ordinal),
    start: async (pod, onLine) => {
      runnerMade ??= makeRunner(runner);
      await runnerMade;
      await mkdir(join(work, "logs"), { recursive: true });
      return runInit({ pod, work, runner, owner, api, stop, onLine });
    },
    close: async () => {
      await server.drain(0);
      await api.close();
      await rm(work, { recursive: true, force: true });
    },
  };
}

async function create(endpoint: Endpoint, { set, namespace }: Workload, ordinal: number): Promise<Admitted> {
  const pod = podOf(set, namespace, ordinal);
  const name = `${set.metadata.name}-${ordinal}`;
  const mutated = await review(endpoint, { path: "/mutate", resource: "pods", namespace, name, object: pod });
  const refused = { name, ordinal, pod: null, nodeId: null };
  if (!mutated.allowed) return { ...refused, denial: mutated.message, warnings: mutated.warnings };
  const changed = patchedCopy(pod, mutated.operations);
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
