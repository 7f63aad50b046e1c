// The example as it is, but for what it asks of a node: less cpu and memory, for a small cluster and its stand-ins.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { APP_IMAGE } from "../../harness/appImage.ts";
import type { Kubectl } from "../../harness/kubectl.ts";
import { OVERLAY, ROOT } from "../../harness/rollcall.ts";
import { IMAGES } from "./images.ts";

const FOLDER = join(ROOT, "manifests/examples/otobo");

interface Container {
  image: string;
  resources?: unknown;
}

interface Document {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec?: { template?: { spec: { containers: Container[]; initContainers?: Container[] } } };
}

export interface Example {
  namespace: { name: string; labels: Record<string, string> };
  /** the StatefulSet of OTOBO */
  set: Document;
  /** everything but the namespace, which is the suite's to make */
  all: Document[];
}

/** What `kubectl apply -k` would apply. */
export async function example(k: Kubectl): Promise<Example> {
  const text = await k.run(["kustomize", FOLDER]);
  const documents = parseAllDocuments(text).map((each) => each.toJS() as Document);
  const namespace = documents.find(({ kind }) => kind === "Namespace");
  const set = documents.find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "otobo");
  assert.ok(namespace && set, `${FOLDER} lacks its Namespace, or the StatefulSet otobo`);
  const all = documents.filter((each) => each !== namespace);
  assertImages(all);
  for (const each of all.flatMap(containersOf)) each.resources = { requests: { cpu: "50m", memory: "64Mi" } };
  const { name, labels = {} } = namespace.metadata;
  return { namespace: { name, labels }, set, all };
}

/** The suite's profile is the example's for a database that the installer has been through. */
export async function assertProfile(): Promise<void> {
  const { profiles: suites } = parse(await readFile(join(OVERLAY, "profiles.yaml"), "utf8")) as Profiles;
  const { profiles: examples } = parse(await readFile(join(FOLDER, "profiles.yaml"), "utf8")) as Profiles;
  const installed = { ...examples["helpdesk"], release: { firstInstall: "refuse" } };
  assert.deepEqual(suites["helpdesk"], installed);
}

interface Profiles {
  profiles: Record<string, Record<string, unknown>>;
}

function containersOf({ spec }: Document): Container[] {
  const pod = spec?.template?.spec;
  return pod === undefined ? [] : [...pod.containers, ...(pod.initContainers ?? [])];
}

/** No other would be found on the cluster, which shows as a pod that waits for ever. */
function assertImages(documents: readonly Document[]): void {
  const named = new Set(documents.flatMap(containersOf).map(({ image }) => image));
  assert.deepEqual([...named].sort(), [...Object.values(IMAGES), APP_IMAGE].sort());
}
