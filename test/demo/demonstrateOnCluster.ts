// The demo on a real cluster: the commands that a reader of the README would type, and their output.
import { join } from "node:path";
import { formatTable } from "../../webhook/cli/formatTable.ts";
import { type Cluster, ensureCluster, removeCluster } from "../e2e/cluster/provider.ts";
import { waitUntilPasses } from "../e2e/harness/eventually.ts";
import { createKubectl, type Kubectl } from "../e2e/harness/kubectl.ts";
import { BASE, CHECKOUT_ROOT, installRollcall, loadImages } from "../e2e/harness/rollcall.ts";
import { type PodStatus, readProcessEnv, waitUntilReady } from "../e2e/harness/space.ts";
import { indentLines, observe, say } from "./observed.ts";

const EXAMPLE = "manifests/examples/generic";
const NAMESPACE = "rollcall-demo";

const log = (line: string): void => say(`   ${line}`);

/** @param running a running test cluster; null: start one */
export async function demonstrateOnCluster(running: Cluster | null, keep: boolean): Promise<void> {
  const began = performance.now();
  const installing = process.env["ROLLCALL_INSTALL"] === "1" ? { install: true } : {};
  say(`Rollcall on a real cluster${running === null ? ", which is started first" : `: ${running.name}`}\n`);
  const cluster = running ?? (await ensureCluster({ log, ...installing }));
  const k = createKubectl(cluster, NAMESPACE);
  try {
    await show(cluster, k);
    say(
      `\n√ all of this was observed in ${Math.round((performance.now() - began) / 1000)} s, on Kubernetes ${cluster.kubernetes}`,
    );
    say("replaced: docker.io's busybox by Debian's, and kind's node image by one built here if kind's");
    say("          could not be pulled");
  } finally {
    if (keep) sayHowToGoOn(cluster);
    else if (running === null) await removeCluster({ log });
    else await remove(createKubectl(cluster));
  }
}

async function show(cluster: Cluster, k: Kubectl): Promise<void> {
  await loadImages(join(CHECKOUT_ROOT, "dist/images"), log);
  say("1. install");
  await installRollcall(createKubectl(cluster), { profiles: null }, log);

  say(`\n2. kubectl apply -k ${EXAMPLE}`);
  const said = await createKubectl(cluster).try(["apply", "-k", join(CHECKOUT_ROOT, EXAMPLE)]);
  process.stdout.write(indentLines(said.stderr + said.stdout));
  observe(
    said.code === 0 && said.stderr.includes("RC118"),
    "the example to be applied, with a warning that confirms the profile's effect",
  );
  await showPods(k, ["web-0", "web-1", "web-2"]);

  say("\n3. kubectl delete pod web-1: the pod is recreated on its volume");
  await k.run(["delete", "pod", "web-1"]);
  await waitUntilReady(k, "web-1");
  const seed = await k.run(["exec", "web-1", "-c", "app", "--", "cat", "/data/seed.log"]);
  const number = (await readProcessEnv(k, "web-1"))["NODE_ID"];
  observe(number === "2", `web-1 to be number 2 again, but it is ${number}`);
  observe(seed.split("\n").length === 2, `one line in seed.log, but it holds: ${seed}`);
  say("   web-1 keeps number 2 and skips its step: seed.log still has 1 line");

  say("\n4. kubectl scale statefulset web --replicas=4");
  await k.run(["scale", "statefulset", "web", "--replicas=4"]);
  await showPods(k, ["web-0", "web-1", "web-2", "web-3"]);

  say("\n5. a labelled pod without a StatefulSet");
  const denied = await k.try(["run", "lone", "--image=busybox", "--labels=rollcall.dev/profile=demo"]);
  say("   $ kubectl run lone --image=busybox --labels=rollcall.dev/profile=demo");
  process.stdout.write(indentLines(denied.stderr));
  observe(denied.code === 1 && denied.stderr.includes("RC103"), "a denial with code RC103");
}

async function showPods(k: Kubectl, names: readonly string[]): Promise<void> {
  const rows: string[][] = [];
  for (const name of names) {
    const pod: PodStatus = await waitUntilReady(k, name);
    const env = await readProcessEnv(k, name);
    const init = pod.status.initContainerStatuses?.find((each) => each.name === "rollcall-init");
    rows.push([
      name,
      name.split("-").at(-1) ?? "",
      env["NODE_ID"] ?? "",
      init?.state.terminated?.message ?? "",
    ]);
  }
  say("");
  process.stdout.write(indentLines(formatTable(["POD", "ORDINAL", "NODEID", "RUNNER'S MESSAGE"], rows)));
  const numbers = rows.map(([, , number]) => number);
  observe(
    new Set(numbers).size === names.length && !numbers.includes(""),
    `distinct numbers: ${numbers.join(", ")}`,
  );
}

/** Time for the example's pods to end. */
const REMOVE_SECONDS = 120;

async function remove(k: Kubectl): Promise<void> {
  const example = ["delete", "-k", join(CHECKOUT_ROOT, EXAMPLE), "--wait=false", "--ignore-not-found"];
  // may fail: the profile is in use
  await k.try(example);
  await waitUntilPasses(() => k.run(example), REMOVE_SECONDS);
  await k.run(["delete", "-k", BASE, "--wait=false", "--ignore-not-found"]);
}

function sayHowToGoOn({ kubeconfig }: Cluster): void {
  say(`\nThe cluster is kept. Look around:    export KUBECONFIG=${kubeconfig}
                        kubectl -n ${NAMESPACE} get pods; kubectl -n rollcall-system logs deployment/rollcall
Remove it:                           npm run cluster -- down`);
}
