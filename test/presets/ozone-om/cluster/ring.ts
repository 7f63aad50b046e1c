// A ring in pods as an administrator sees it: by kubectl, the runner's commands in the members, and the record.
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

/** The arguments after `kubectl -n …` for a command of the runner in a member. */
export const buildExecWords = (pod: string, ...words: readonly string[]): string[] => [
  "exec",
  pod,
  "-c",
  "om",
  "--",
  ...buildRunnerCommand(RUNNER_MOUNT, ...words),
];

/** The ring as the runner in one member reports it. */
export async function readRingReport(k: Kubectl, pod: string): Promise<RingReport> {
  const said = await k.try(buildExecWords(pod, "om", "ring", "-o", "json"));
  assert.ok(said.stdout.startsWith("{"), said.stderr);
  return JSON.parse(said.stdout) as RingReport;
}

/** Waits until the ring has exactly these members, all of them healthy. */
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

/** Waits until a pod is Ready and has another uid. */
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

/**
 * Remembers pods that are about to be recreated; @returns a function that waits until each of them is another pod, and
 * Ready
 */
export async function trackRecreation(
  k: Kubectl,
  pods: readonly string[],
  seconds?: number,
): Promise<() => Promise<void>> {
  const uids = await Promise.all(pods.map((name) => readPodUid(k, name)));
  return async () => {
    // in the order of a rolling restart, highest first, so that no timeout includes waiting for other pods
    for (const [index, name] of [...pods.entries()].reverse())
      await waitForReadyPod(k, name, seconds, uids[index]);
  };
}

/** When each pod's container was started, and how often it was restarted, which must not change without a restart. */
export async function starts(k: Kubectl, pods: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of pods) {
    const { status } = await k.json<RingPod>(["get", "pod", name]);
    const [om] = status.containerStatuses ?? [];
    found[name] = `${om?.state.running?.startedAt} ${om?.restartCount}`;
  }
  return found;
}

/** Changes the environment of the application's container, which Ozone reads: its pods are recreated. */
export const withHandlers = (count: number): unknown => ({
  spec: {
    containers: [
      { name: "om", env: [{ name: "OZONE-SITE.XML_ozone.om.handler.count.key", value: String(count) }] },
    ],
  },
});

/** Changes the StatefulSet's spec in one request. */
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

/** How a member started: the runner's termination message. */
export async function readTerminationMessage(k: Kubectl, pod: string): Promise<string> {
  const { status } = await k.json<RingPod>(["get", "pod", pod]);
  const init = status.initContainerStatuses?.find(({ name }) => name === "rollcall-init");
  return init?.state.terminated?.message ?? "";
}

/** The example, applied as in its README. */
export async function applyExample(access: Access): Promise<Kubectl> {
  const all = createKubectl(access);
  await all.run(["apply", "-k", "manifests/examples/ozone"]);
  await all.run(["label", "namespace", RING_NAMESPACE, "rollcall.dev/e2e=ozone", "--overwrite"]);
  return createKubectl(access, RING_NAMESPACE);
}

/** A copy of the example in another namespace, with changes of the StatefulSet of members. */
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
    // the node is too small for the requests of two rings
    .replaceAll("requests: {cpu: 100m", "requests: {cpu: 10m");
  // the example's profile would replace the suites' own, which has the same name and another policy
  const documents = parseAllDocuments(text)
    .map((each) => each.toJS() as Document)
    .filter(({ kind }) => kind !== "RollcallProfile");
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
