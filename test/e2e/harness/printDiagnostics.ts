// Collects the state of the cluster after a failure in one folder: describe, logs and Events of the namespace of every
// suite and of the webhook. The most relevant part is printed, since CI keeps nothing but the output.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kubectl } from "./kubectl.ts";
import { CHECKOUT_ROOT, SYSTEM } from "./rollcall.ts";

/** How much is printed: Events, and characters of a line. */
const LAST_EVENTS = 15;
const LONGEST_LINE = 600;

/** Characters of a failure's message. */
const LONGEST_FAILURE = 4_000;

/** Prints the most relevant state of the cluster, the path of the rest, and at the end the failed tests. */
export async function printDiagnostics(
  k: Kubectl,
  failures: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  log(`diagnostics of the cluster are in ${await collect(k)}`);
  for (const failure of failures) log(`FAILED ${failure.slice(0, LONGEST_FAILURE)}`);
}

/** Writes the folder, prints a summary of each namespace, and returns the folder's path. */
async function collect(k: Kubectl): Promise<string> {
  const folder = join(CHECKOUT_ROOT, ".run", `e2e-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`);
  const spaces = await k.run(["get", "namespaces", "-l", "rollcall.dev/e2e", "-o", "name"]).catch(() => "");
  const names = spaces
    .split("\n")
    .filter(Boolean)
    .map((name) => name.replace("namespace/", ""));
  for (const name of [...names, SYSTEM]) {
    await collectSpace(k, name, join(folder, name));
    console.log(await brief(k, name));
  }
  return folder;
}

/** The pods of a namespace, messages of containers that do not run, and the last Events. */
async function brief(k: Kubectl, name: string): Promise<string> {
  const ask = async (words: readonly string[]): Promise<string[]> => {
    const said = await k.try(["-n", name, "get", ...words]);
    return (said.stdout + said.stderr).trimEnd().split("\n");
  };
  const pods = await ask(["pods"]);
  const events = await ask(["events", "--sort-by=.metadata.creationTimestamp"]);
  const lines = [...pods, ...(await idle(k, name)), ...events.slice(-LAST_EVENTS)];
  return [`--- ${name}`, ...lines.map((line) => `  ${line.slice(0, LONGEST_LINE)}`)].join("\n");
}

interface Container {
  name: string;
  restartCount: number;
  state: { running?: object; terminated?: { exitCode: number } };
  lastState: object;
}

interface Pods {
  items: {
    metadata: { name: string };
    status: { initContainerStatuses?: Container[]; containerStatuses?: Container[] };
  }[];
}

/** The current and the previous state of each container that was restarted, does not run, or failed. */
async function idle(k: Kubectl, namespace: string): Promise<string[]> {
  const said = await k.try(["-n", namespace, "get", "pods", "-o", "json"]);
  if (said.code !== 0) return [said.stderr.trim()];
  const isWell = ({ state, restartCount }: Container): boolean =>
    state.terminated?.exitCode === 0 || (state.running !== undefined && restartCount === 0);
  return (JSON.parse(said.stdout) as Pods).items.flatMap(({ metadata, status }) =>
    [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
      .filter((each) => !isWell(each))
      .map(({ name, restartCount, state, lastState }) => {
        const states = JSON.stringify({ state, lastState });
        return `${metadata.name} ${name}: ${restartCount} restarts, ${states}`;
      }),
  );
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
