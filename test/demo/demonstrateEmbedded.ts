// The demo without a cluster: the real HTTPS server, the real runner as local processes, and folders as volumes.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatTable } from "../../webhook/cli/formatTable.ts";
import { INIT_IMAGE } from "../../webhook/cli/initImage.ts";
import { type AdmittedPod, type Emulator, startEmulator } from "../../webhook/cli/try/emulator.ts";
import type { InitRun } from "../../webhook/cli/try/runInit.ts";
import { selectStepOwner } from "../../webhook/cli/try/selectStepOwner.ts";
import { readWorkloads, type Workload } from "../../webhook/cli/workload.ts";
import { PROFILE_LABEL } from "../../webhook/kubernetes/names.ts";
import { readOrdinals } from "../../webhook/kubernetes/statefulSetPods.ts";
import { indentLines, observe, say } from "./observed.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const EXAMPLE = "manifests/examples/generic";
const PROFILES = `${EXAMPLE}/profiles.yaml`;

/** Runs the demo on this machine; rejects with NotObserved if something differs from what it claims. */
export async function demonstrateEmbedded(): Promise<void> {
  const began = performance.now();
  const { workloads, profiles } = await readWorkloads({
    command: "try",
    filename: join(root, EXAMPLE),
    profiles: join(root, PROFILES),
  });
  const [workload] = workloads;
  if (workload === undefined) throw new Error(`${EXAMPLE} holds no StatefulSet`);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
  const stage = await startEmulator({
    // the demo's own steps use none, and it also runs where no namespace can be created
    network: true,
    profiles,
    initImage: INIT_IMAGE,
    owner: selectStepOwner(false),
    stop: stop.signal,
  });
  try {
    say(`Rollcall, embedded: the real HTTPS server on 127.0.0.1:${stage.endpoint.port}, no cluster\n`);
    await showApply(stage, workload);
    const members = await showPods(stage, workload);
    await showReturn(stage, workload, members);
    await showDenial(stage, workload);
    closing((performance.now() - began) / 1000);
  } finally {
    await stage.close();
  }
}

async function showApply(stage: Emulator, workload: Workload): Promise<void> {
  say(`1. kubectl apply -k ${EXAMPLE}: /validate reviews the StatefulSet`);
  const reply = await stage.apply(workload);
  for (const warning of reply.warnings) say(`   Warning: ${warning}`);
  observe(reply.allowed, `the example to be allowed, but: ${reply.message}`);
  observe(
    reply.warnings.some((line) => line.includes("RC118")),
    "a warning that confirms the profile's effect",
  );
}

interface Member {
  admitted: AdmittedPod;
  init: InitRun;
  file: string;
}

async function showPods(stage: Emulator, workload: Workload): Promise<Member[]> {
  const { start, replicas } = readOrdinals(workload.set);
  say(`\n2. its ${replicas} pods: /mutate and /validate review each, then its init container runs`);
  const members: Member[] = [];
  for (let ordinal = start; ordinal < start + replicas; ordinal += 1)
    members.push(await bringUp(stage, workload, ordinal));
  say("");
  const rows = members.map(({ admitted, init }) => [
    admitted.name,
    String(admitted.ordinal),
    admitted.nodeId ?? "",
    init.steps.map(({ name, result }) => `${name} ${result}`).join(", "),
    init.marker?.onVolume ?? "",
  ]);
  process.stdout.write(indentLines(formatTable(["POD", "ORDINAL", "NODEID", "STEPS", "MARKER"], rows)));
  const numbers = members.map(({ admitted }) => admitted.nodeId);
  observe(new Set(numbers).size === members.length, `distinct numbers, but they are ${numbers.join(", ")}`);
  for (const { admitted, init, file } of members) {
    const lines = await readLines(file);
    observe(
      init.steps.every(({ result }) => result === "done"),
      `every step of ${admitted.name} to be completed: ${init.message}`,
    );
    observe(init.marker !== null, `a marker of ${admitted.name}`);
    observe(
      lines.length === 1 && lines[0]?.endsWith(`as number ${admitted.nodeId}`) === true,
      `one line in ${admitted.name}'s seed.log`,
    );
  }
  return members;
}

async function bringUp(stage: Emulator, workload: Workload, ordinal: number): Promise<Member> {
  const admitted = await stage.create(workload, ordinal);
  observe(admitted.pod !== null, `${admitted.name} to be admitted, but: ${admitted.denial}`);
  if (admitted.pod === null) throw new Error("unreachable");
  const init = await stage.start(admitted.pod, (line) =>
    say(`   ${admitted.name} | ${shorten(line.replaceAll(stage.work, "…"))}`),
  );
  observe(
    init.exitCode === 0,
    `the init container of ${admitted.name} to exit 0, but: ${init.exitCode}, ${init.message}`,
  );
  return {
    admitted,
    init,
    file: join(
      stage.work,
      "claims",
      admitted.pod.metadata.namespace ?? "default",
      `data-${admitted.name}`,
      "seed.log",
    ),
  };
}

async function showReturn(stage: Emulator, workload: Workload, members: readonly Member[]): Promise<void> {
  const before = members[1] ?? members[0];
  if (before === undefined) throw new Error("the example has no pods");
  const { name, ordinal, nodeId } = before.admitted;
  say(`\n3. kubectl delete pod ${name}: the pod is recreated on its volume`);
  const { admitted, init, file } = await bringUp(stage, workload, ordinal);
  observe(admitted.nodeId === nodeId, `${name} to be number ${nodeId} again, but it is ${admitted.nodeId}`);
  observe(
    init.steps.every(({ result }) => result === "done-before"),
    "its step to be skipped",
  );
  const lines = await readLines(file);
  observe(lines.length === 1, `one line in seed.log, but there are ${lines.length}`);
  say(`   ${name} keeps number ${nodeId} and skips its step: seed.log still has ${lines.length} line`);
}

async function showDenial(stage: Emulator, workload: Workload): Promise<void> {
  say("\n4. the same StatefulSet with an unknown profile:");
  const object = JSON.parse(JSON.stringify(workload.object), (key, value: unknown) =>
    key === PROFILE_LABEL ? "dmeo" : value,
  ) as Workload["object"];
  const reply = await stage.apply({ ...workload, object });
  observe(!reply.allowed && (reply.message ?? "").includes("RC101"), "a denial with code RC101");
  say(`   $ kubectl apply -f statefulset.yaml`);
  say(`   Error from server (Forbidden): error when creating "statefulset.yaml": admission webhook`);
  say(`   "statefulsets.validate.rollcall.dev" denied the request: ${reply.message}`);
}

function closing(seconds: number): void {
  say(`
√ all of this was observed in ${seconds.toFixed(1)} s
real:      the HTTPS server, its certificate and the AdmissionReviews; injection; the runner and its processes,
           the step, its verification and the markers
simulated: the API server, the StatefulSet controller and the kubelet, by this program (kubectl's text around the denial
           is imitated); volumes by folders; the image's tools by this machine's; the pod's user by uid 65534 if this
           runs as root; rollcall-install is left out, since its image is not needed here
on a cluster: npm run demo -- --cluster`);
}

async function readLines(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

const shorten = (line: string): string => (line.length > 150 ? `${line.slice(0, 147)}...` : line);
