// The real world for a plan: this process's files, children, clocks and network, behind the engine's ports.
import { setTimeout } from "node:timers/promises";
import { OWN_ENV, POD_UID_ENV } from "../contract/places.ts";
import type { Plan } from "../contract/plan.ts";
import type { AskApi, World } from "../engine/ports.ts";
import type { RingWorld } from "../engine/ringPorts.ts";
import { createChildRunner, withProgress } from "./child.ts";
import { makeMarkerFiles, realFiles } from "./files.ts";

export interface WorldRequest {
  plan: Pick<Plan, "s3" | "api">;
  env: Readonly<Record<string, string | undefined>>;
  stop: AbortSignal;
  log: (line: string) => void;
  runId: string;
}

/** Opens what the plan needs, and loads no more: TLS and the S3 client cost a start more than all the rest. */
export async function openWorld({ plan, env, stop, log, runId }: WorldRequest): Promise<World> {
  return {
    files: makeMarkerFiles(log),
    objects: plan.s3 === null ? null : await (await import("./openObjects.ts")).openObjects(plan.s3, env),
    askApi: plan.api === null ? null : await openClusterApi(env, plan.api.folder),
    runChild: withProgress(createChildRunner({ env: childEnv(env), stop }), log),
    now: () => new Date(),
    // performance.now() would load perf_hooks first
    monotonic: () => Number(process.hrtime.bigint() / 1000n) / 1000,
    pause: pauseUntil(stop),
    random: Math.random,
    log,
    runId,
    podUid: env[POD_UID_ENV] ?? "",
    stop,
  };
}

/** The same for a member of a ring. */
export async function openRingWorld(
  { caFile }: { readonly caFile: string | null },
  world: World,
): Promise<RingWorld> {
  const [{ realTrees }, { openWeb }] = await Promise.all([import("./realTrees.ts"), import("./openWeb.ts")]);
  // what a member has acknowledged must not be gone after a power cut
  return { ...world, files: realFiles, trees: realTrees, askWeb: openWeb(caFile) };
}

/** A pause that is cut short is as good as one that has passed. */
function pauseUntil(stop: AbortSignal): World["pause"] {
  return (milliseconds, until = stop) =>
    setTimeout(milliseconds, undefined, { signal: until }).catch(() => undefined);
}

/** The kubelet tells every container where the API server is. */
async function openClusterApi(env: WorldRequest["env"], folder: string): Promise<AskApi> {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = Number(env["KUBERNETES_SERVICE_PORT"] ?? "443");
  if (host === "" || !Number.isInteger(port) || port < 1 || port > 65_535)
    return async () => ({
      none: "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not name the API server: this is no pod, or the container overrides them",
      lasting: true,
    });
  const { openApi } = await import("./api.ts");
  return openApi({ host, port, folder });
}

/** The container's own environment: ours is taken out, nothing is added. */
function childEnv(env: WorldRequest["env"]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_ENV.includes(name)));
}
