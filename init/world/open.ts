// The engine's ports on the real system: files, child processes, clocks and network.
import { setTimeout } from "node:timers/promises";
import { OWN_ENV, POD_UID_ENV } from "../contract/places.ts";
import type { Plan } from "../contract/plan.ts";
import type { AskApi, World } from "../engine/ports.ts";
import type { RingTrust, RingWorld } from "../engine/ringPorts.ts";
import { createChildRunner, withProgress } from "./child.ts";
import { makeMarkerFiles, realFiles } from "./files.ts";

export interface WorldRequest {
  plan: Pick<Plan, "s3" | "api">;
  env: Readonly<Record<string, string | undefined>>;
  stop: AbortSignal;
  log: (line: string) => void;
  runId: string;
}

/** Opens only what the plan needs, because TLS and the S3 client take most of a start's time. */
export async function openWorld({ plan, env, stop, log, runId }: WorldRequest): Promise<World> {
  return {
    files: makeMarkerFiles(log),
    objects: plan.s3 === null ? null : await (await import("./openObjects.ts")).openObjects(plan.s3, env),
    askApi: plan.api === null ? null : await openClusterApi(env, plan.api.folder),
    runChild: withProgress(createChildRunner({ env: buildChildEnv(env), stop }), log),
    now: () => new Date(),
    // performance.now() would load perf_hooks
    monotonic: () => Number(process.hrtime.bigint() / 1000n) / 1000,
    pause: createPause(stop),
    random: Math.random,
    log,
    runId,
    podUid: env[POD_UID_ENV] ?? "",
    stop,
  };
}

/** Opens the further ports of a ring's member. */
export async function openRingWorld({ caFile, caBundle }: RingTrust, world: World): Promise<RingWorld> {
  const [{ realTrees }, { openWeb }] = await Promise.all([import("./realTrees.ts"), import("./openWeb.ts")]);
  const file = caFile === null ? null : { file: caFile };
  const trusted = caBundle === undefined ? file : { pem: caBundle };
  // strict files, because data that a member has acknowledged must survive a power cut
  return { ...world, files: realFiles, trees: realTrees, askWeb: openWeb(trusted) };
}

/** An aborted pause resolves like a completed one. */
function createPause(stop: AbortSignal): World["pause"] {
  return (milliseconds, until = stop) =>
    setTimeout(milliseconds, undefined, { signal: until }).catch(() => undefined);
}

/** The kubelet sets the API server's address in every container. */
async function openClusterApi(env: WorldRequest["env"], folder: string): Promise<AskApi> {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = Number(env["KUBERNETES_SERVICE_PORT"] ?? "443");
  if (host === "" || !Number.isInteger(port) || port < 1 || port > 65_535)
    return async () => ({
      none: "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not contain the API server's address: this is not a pod, or the container overrides them",
      lasting: true,
    });
  const { openApi } = await import("./api.ts");
  return openApi({ host, port, folder });
}

/** The container's environment without Rollcall's variables. */
function buildChildEnv(env: WorldRequest["env"]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_ENV.includes(name)));
}
