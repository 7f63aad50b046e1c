// Queries the engines and the kernel for the facts that choose.ts needs.
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import type { Cache } from "../cache/ensure.ts";
import { ClusterError } from "../failure.ts";
import { writeImageArchive } from "../image/archive.ts";
import type { Shell } from "../process/shell.ts";
import {
  chooseClusterEngine,
  deriveHostNeeds,
  type EngineName,
  type HostFacts,
  type HostNeeds,
  renderContainersConf,
} from "./choose.ts";
import {
  type DockerAnswer,
  hasSysResource,
  readDockerEnv,
  readDockerInfo,
  readDockerNeeds,
  TRIAL_ARGS,
} from "./docker.ts";

/** The engine: its name, why it was chosen, and the environment for it and for kind. */
export interface ClusterEngine {
  readonly name: EngineName;
  readonly why: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Chooses the engine without running podman, which may not be installed yet. */
export async function pickEngine(shell: Shell): Promise<{ name: EngineName; why: string }> {
  return chooseClusterEngine(await askDocker(shell, {}));
}

/** Makes the engine usable: writes the containers.conf that podman needs into `folder`, pins Docker's daemon. */
export async function openEngine(shell: Shell, folder: string): Promise<ClusterEngine> {
  const { name, why } = await pickEngine(shell);
  // otherwise kind makes its own choice, which may differ
  const kind = { KIND_EXPERIMENTAL_PROVIDER: name };
  if (name === "docker") {
    const inspected = await shell.must("docker", ["context", "inspect"]);
    return { name, why, env: { ...readDockerEnv(inspected, process.env), ...kind } };
  }
  if (process.getuid?.() !== 0) {
    throw new ClusterError(
      `podman clusters need root, and this is uid ${process.getuid?.()}: run as root, or start Docker`,
    );
  }
  const conf = await writeConf(folder, renderContainersConf(await podmanFacts(shell)));
  return { name, why, env: { CONTAINERS_CONF: conf, ...kind } };
}

/**
 * What the engine's host requires of the node image and the cluster's configuration.
 * @param kubectl the static kubectl of the cluster's version; Docker runs it in a container
 */
export async function probeNeeds(
  engine: ClusterEngine,
  cache: Pick<Cache, "root" | "shell">,
  kubectl: () => Promise<string>,
): Promise<HostNeeds> {
  if (engine.name === "podman") return deriveHostNeeds(await podmanFacts(cache.shell));
  const answer = await askDocker(cache.shell, engine.env);
  if ("reason" in answer) throw new ClusterError(`Docker no longer answers: ${answer.reason}`);
  const image = await ensureTrialImage(engine, cache, await kubectl());
  // --userns=host as in kind: a daemon with user namespaces rejects privileged containers otherwise.
  const args = ["run", "--rm", "--privileged", "--userns=host", "--network=none", image, ...TRIAL_ARGS];
  return readDockerNeeds(answer.info, await cache.shell.run("docker", args, { env: engine.env }));
}

/** The reason why the Docker daemon that `env` names does not answer; null if it answers. */
export async function explainDockerSilence(shell: Shell, env: ClusterEngine["env"]): Promise<string | null> {
  const answer = await askDocker(shell, env);
  return "reason" in answer ? answer.reason : null;
}

async function askDocker(shell: Shell, env: ClusterEngine["env"]): Promise<DockerAnswer> {
  const options = { env, timeoutMs: 20_000 };
  return readDockerInfo(await shell.run("docker", ["info", "--format", "{{json .}}"], options));
}

/** An image that contains only kubectl. It is imported into Docker, so that no registry is needed. */
async function ensureTrialImage(
  { env }: ClusterEngine,
  { root, shell }: Pick<Cache, "root" | "shell">,
  kubectl: string,
): Promise<string> {
  const folder = dirname(kubectl);
  const name = `localhost/rollcall/trial:${basename(folder)}`;
  const there = await shell.run("docker", ["image", "inspect", "--format", "{{.Id}}", name], { env });
  if (there.code === 0) return name;
  const work = await mkdtemp(join(root, ".trial-"));
  try {
    const layer = join(work, "layer.tar");
    const archive = join(work, "trial.tar");
    await shell.must("tar", ["-C", folder, "-cf", layer, basename(kubectl)]);
    const image = { name, entrypoint: [`/${basename(kubectl)}`], layers: [layer] };
    await writeImageArchive(shell, [image], join(work, "layout"), archive);
    await shell.must("docker", ["load", "--quiet", "--input", archive], { env });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return name;
}

const podmanInfo = z.object({
  host: z.object({ cgroupVersion: z.enum(["v1", "v2"]) }),
});

async function podmanFacts(shell: Shell): Promise<HostFacts> {
  const { host } = podmanInfo.parse(JSON.parse(await shell.must("podman", ["info", "--format", "json"])));
  const limits = await readFile("/proc/self/limits", "utf8");
  const status = await readFile("/proc/self/status", "utf8");
  return {
    cgroupVersion: host.cgroupVersion === "v1" ? 1 : 2,
    hardFiles: readHardLimit(limits, "Max open files"),
    hardProcesses: readHardLimit(limits, "Max processes"),
    canRaiseLimits: hasSysResource(status),
  };
}

/** A hard limit in /proc/self/limits. */
export function readHardLimit(limits: string, name: string): number {
  const line = limits.split("\n").find((text) => text.startsWith(name)) ?? "";
  const hard = line.slice(name.length).trim().split(/\s+/)[1];
  return hard === undefined || hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

async function writeConf(folder: string, text: string): Promise<string> {
  const path = join(folder, "containers.conf");
  await mkdir(folder, { recursive: true });
  // By rename, since podman of another checkout may read the file.
  await writeFile(`${path}.${process.pid}`, text);
  await rename(`${path}.${process.pid}`, path);
  return path;
}
