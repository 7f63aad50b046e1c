// Asks the engines and the kernel what choose.ts decides on.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { ClusterError } from "../failure.ts";
import type { Shell } from "../process/shell.ts";
import {
  chooseEngine,
  containersConf,
  type EngineName,
  type HostFacts,
  type HostNeeds,
  hostNeeds,
} from "./choose.ts";

/** The engine to work with: its name, why it was taken, and the environment for it and for kind. */
export interface Engine {
  readonly name: EngineName;
  readonly why: string;
  readonly needs: HostNeeds;
  readonly env: Readonly<Record<string, string>>;
}

/** Which engine it will be, without asking that engine anything: podman may not be installed yet. */
export async function pickEngine(shell: Shell): Promise<{ name: EngineName; why: string }> {
  const docker = await shell.run("docker", ["info"], { timeoutMs: 20_000 });
  const reason = docker.stderr.trim().split("\n").at(-1) ?? "";
  return chooseEngine({ code: docker.code, reason: docker.code === 127 ? "not installed" : reason });
}

/** Asks the engine about the host, and writes the containers.conf it needs into `folder`. */
export async function openEngine(shell: Shell, folder: string): Promise<Engine> {
  const { name, why } = await pickEngine(shell);
  if (name === "docker") {
    const info = dockerInfo.parse(JSON.parse(await shell.must("docker", ["info", "--format", "{{json .}}"])));
    // The daemon has its own limits and capabilities, those of root.
    return { name, why, needs: { cgroupfs: info.CgroupVersion === "1", restricted: false }, env: {} };
  }
  if (process.getuid?.() !== 0) {
    throw new ClusterError(
      `podman clusters need root, and this is uid ${process.getuid?.()}: run as root, or start Docker`,
    );
  }
  const facts = await podmanFacts(shell);
  const conf = await writeConf(folder, containersConf(facts));
  return {
    name,
    why,
    needs: hostNeeds(facts),
    env: { CONTAINERS_CONF: conf, KIND_EXPERIMENTAL_PROVIDER: "podman" },
  };
}

const dockerInfo = z.object({ CgroupVersion: z.string().default("2") });
const podmanInfo = z.object({
  host: z.object({ cgroupVersion: z.enum(["v1", "v2"]) }),
});

async function podmanFacts(shell: Shell): Promise<HostFacts> {
  const { host } = podmanInfo.parse(JSON.parse(await shell.must("podman", ["info", "--format", "json"])));
  const limits = await readFile("/proc/self/limits", "utf8");
  const status = await readFile("/proc/self/status", "utf8");
  return {
    cgroupVersion: host.cgroupVersion === "v1" ? 1 : 2,
    hardFiles: hardLimit(limits, "Max open files"),
    hardProcesses: hardLimit(limits, "Max processes"),
    canRaiseLimits: hasSysResource(status),
  };
}

/** A hard limit out of /proc/self/limits. */
export function hardLimit(limits: string, name: string): number {
  const line = limits.split("\n").find((text) => text.startsWith(name)) ?? "";
  const hard = line.slice(name.length).trim().split(/\s+/)[1];
  return hard === undefined || hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Whether /proc/self/status shows CAP_SYS_RESOURCE (bit 24) as effective. */
export function hasSysResource(status: string): boolean {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${hex}`) >> 24n) & 1n) === 1n;
}

async function writeConf(folder: string, text: string): Promise<string> {
  const path = join(folder, "containers.conf");
  await mkdir(folder, { recursive: true });
  // By rename: a podman of another checkout may read it at this moment.
  await writeFile(`${path}.${process.pid}`, text);
  await rename(`${path}.${process.pid}`, path);
  return path;
}
