// A ring in pods, as whoever runs it sees it: by kubectl, the runner's own tools in the members, and the record.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../../init/contract/places.ts";
import { RECORD_ANNOTATION, recordLease } from "../../../../init/contract/record.ts";
import type { RingReport } from "../../../../presets/ozone-om/runner/om.ts";
import { waitUntilPasses } from "../../../e2e/harness/eventually.ts";
import { type Access, createKubectl, type Kubectl } from "../../../e2e/harness/kubectl.ts";
import { CHECKOUT_ROOT } from "../../../e2e/harness/rollcall.ts";

/** As in manifests/examples/ozone. */
export const RING_NAMESPACE = "rollcall-ozone";

export interface RingPod {
  metadata: { name: string; uid: string; annotations?: Record<string, string> };
  status: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: {
      restartCount: number;
      state: { running?: { startedAt: string } };
    }[];
    initContainerStatuses?: {
      name: string;
      restartCount: number;
      state: { terminated?: { message?: string; exitCode: number } };
    }[];
  };
}

export const listMemberIds = (count: number, set = "om"): string[] =>
  Array.from({ length: count }, (_, ordinal) => `${set}-${ordinal}`);

/** The words behind `kubectl -n …` of a command of the runner in a member. */
export const buildExecWords = (pod: string, ...words: readonly string[]): string[] => [
  "exec",
  pod,
  "-c",
  "om",
  "--",
  ...buildRunnerCommand(RUNNER_MOUNT, ...words),
];

/** The ring as the runner in one member tells it. */
export async function readRingReport(k: Kubectl, pod: string): Promise<RingReport> {
  const said = await k.try(buildExecWords(pod, "om", "ring", "-o", "json"));
  assert.ok(said.stdout.startsWith("{"), said.stderr);
  return JSON.parse(said.stdout) as RingReport;
}

/** Waits until the ring is these members and no others, all of them healthy. */
export function waitForRing(k: Kubectl, wanted: readonly string[], seconds?: number): Promise<RingReport> {
  const [first = ""] = wanted;
  return waitUntilPasses(async () => {
    const report = await readRingReport(k, first);
    const healthy = (report.ring?.members ?? []).filter((member) => member.healthy).map(({ id }) => id);
    assert.deepEqual(healthy.sort(), [...wanted].sort(), report.why ?? JSON.stringify(report.ring));
    assert.equal(report.ring?.members.length, wanted.length);
    return report;
  }, seconds);
}

/** Waits until a pod is Ready and is not the one of before. */
export function waitForReadyPod(k: Kubectl, pod: string, seconds?: number, notUid = ""): Promise<RingPod> {
  return waitUntilPasses(async () => {
    const observation = await k.json<RingPod>(["get", "pod", pod]);
    const isReady = observation.status.conditions?.some(
      ({ type, status }) => type === "Ready" && status === "True",
    );
    if (isReady !== true || observation.metadata.uid === notUid)
      throw new Error(`pod ${pod} is not ready: ${JSON.stringify(observation.status)}`);
    return observation;
  }, seconds);
}

export const readPodUid = async (k: Kubectl, pod: string): Promise<string> =>
  (await k.json<RingPod>(["get", "pod", pod])).metadata.uid;

/** Looks at pods that are about to be made anew; @returns what waits until each of them is another, and Ready */
export async function trackRecreation(
  k: Kubectl,
  pods: readonly string[],
  seconds?: number,
): Promise<() => Promise<void>> {
  const uids = await Promise.all(pods.map((name) => readPodUid(k, name)));
  return async () => {
    // as a rolling restart goes, from the last down, so that none but the first is waited for while it is not its turn
    for (const [index, name] of [...pods.entries()].reverse())
      await waitForReadyPod(k, name, seconds, uids[index]);
  };
}

/** When each pod's container was started, and how often it had to be: what must not change where nobody restarts. */
export async function starts(k: Kubectl, pods: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of pods) {
    const { status } = await k.json<RingPod>(["get", "pod", name]);
    const [om] = status.containerStatuses ?? [];
    found[name] = `${om?.state.running?.startedAt} ${om?.restartCount}`;
  }
  return found;
}

/** Another environment of the application's container, which Ozone reads: its pods are made anew. */
export const withHandlers = (count: number): unknown => ({
  spec: {
    containers: [
      { name: "om", env: [{ name: "OZONE-SITE.XML_ozone.om.handler.count.key", value: String(count) }] },
    ],
  },
});

/** Changes the StatefulSet's spec by one request. */
export const update = (k: Kubectl, spec: { replicas?: number; template?: unknown }): Promise<string> =>
  k.run(["patch", "statefulset", "om", "-p", JSON.stringify({ spec })]);

export interface RingRecord {
  seq?: number;
  ring?: { seed: string; members: string[]; clusterID: string | null };
  tombstones?: Record<string, { finished: boolean }>;
  intents?: Record<string, unknown>;
}

export async function readRingRecord(k: Kubectl, set = "om"): Promise<RingRecord> {
  const { metadata } = await k.json<{ metadata: { annotations?: Record<string, string> } }>([
    "get",
    "lease",
    recordLease(set),
  ]);
  return JSON.parse(metadata.annotations?.[RECORD_ANNOTATION] ?? "{}") as RingRecord;
}

/** What the kubelet shows of how a member came up: the runner's last words. */
export async function readTerminationMessage(k: Kubectl, pod: string): Promise<string> {
  const { status } = await k.json<RingPod>(["get", "pod", pod]);
  const init = status.initContainerStatuses?.find(({ name }) => name === "rollcall-init");
  return init?.state.terminated?.message ?? "";
}

/** The example itself, as its README says. */
export async function applyExample(access: Access): Promise<Kubectl> {
  const all = createKubectl(access);
  await all.run(["apply", "-k", "manifests/examples/ozone"]);
  await all.run(["label", "namespace", RING_NAMESPACE, "rollcall.dev/e2e=ozone", "--overwrite"]);
  return createKubectl(access, RING_NAMESPACE);
}

/** The example in a namespace of its own, its StatefulSet of members changed on the way. */
export async function applyCopy(
  access: Access,
  namespace: string,
  change: (spec: Record<string, unknown>) => void = () => undefined,
): Promise<Kubectl> {
  const folder = join(CHECKOUT_ROOT, "manifests/examples/ozone");
  const { resources } = parse(await readFile(join(folder, "kustomization.yaml"), "utf8")) as {
    resources: string[];
  };
  const texts = await Promise.all(resources.map((name) => readFile(join(folder, name), "utf8")));
  const text = texts
    .join("\n---\n")
    .replaceAll(RING_NAMESPACE, namespace)
    // two rings beside each other would ask for more than the node has
    .replaceAll("requests: {cpu: 100m", "requests: {cpu: 10m");
  const documents = parseAllDocuments(text).map((each) => each.toJS() as Document);
  for (const document of documents) {
    const { kind, metadata, spec = {} } = document;
    if (kind !== "Namespace") metadata.namespace = namespace;
    else metadata.labels = { ...metadata.labels, "rollcall.dev/e2e": "ozone" };
    for (const subject of document.subjects ?? []) subject["namespace"] = namespace;
    if (kind === "StatefulSet" && metadata.name === "om") change(spec);
  }
  const said = await createKubectl(access).apply(documents);
  assert.equal(said.code, 0, said.stderr);
  return createKubectl(access, namespace);
}

interface Document {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  spec?: Record<string, unknown>;
  subjects?: Record<string, unknown>[];
}
