// What a cluster knows of a failure, in one folder: describe, logs and Events of every suite's namespace that is
// still there, and the webhook's own.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kubectl } from "./kubectl.ts";
import { ROOT, SYSTEM } from "./rollcall.ts";

/** Writes the folder and returns its path. */
export async function collect(k: Kubectl): Promise<string> {
  const folder = join(ROOT, ".run", `e2e-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`);
  const spaces = await k.run(["get", "namespaces", "-l", "rollcall.dev/e2e", "-o", "name"]).catch(() => "");
  const names = spaces
    .split("\n")
    .filter(Boolean)
    .map((name) => name.replace("namespace/", ""));
  for (const name of [...names, SYSTEM]) await collectSpace(k, name, join(folder, name));
  return folder;
}

async function collectSpace(k: Kubectl, name: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const save = async (file: string, argv: readonly string[]): Promise<void> => {
    const said = await k.try(["-n", name, ...argv]);
    await writeFile(join(folder, file), said.stdout + said.stderr);
  };
  await save("objects.yaml", ["get", "statefulsets,pods,pvc,configmaps", "-o", "yaml"]);
  await save("describe.txt", ["describe", "statefulsets,deployments,pods,pvc"]);
  await save("events.txt", ["get", "events", "--sort-by=.lastTimestamp"]);
  const pods = (await k.try(["-n", name, "get", "pods", "-o", "name"])).stdout.split("\n").filter(Boolean);
  for (const pod of pods) {
    await save(`${pod.replace("pod/", "")}.log`, ["logs", pod, "--all-containers", "--prefix", "--tail=-1"]);
  }
}
