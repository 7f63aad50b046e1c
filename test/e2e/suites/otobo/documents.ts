// The example unchanged except for its resource requests, which are lower for a small cluster and stand-ins.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { APP_IMAGE } from "../../harness/appImage.ts";
import type { Kubectl } from "../../harness/kubectl.ts";
import { CHECKOUT_ROOT, E2E_PROFILES } from "../../harness/rollcall.ts";
import { IMAGES } from "./images.ts";

const FOLDER = join(CHECKOUT_ROOT, "manifests/examples/otobo");

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
  /** everything except for the namespace, which the suite creates, and the profile */
  all: Document[];
}

/** The documents that `kubectl apply -k` would apply. */
export async function renderExample(k: Kubectl): Promise<Example> {
  const text = await k.run(["kustomize", FOLDER]);
  const documents = parseAllDocuments(text).map((each) => each.toJS() as Document);
  const namespace = documents.find(({ kind }) => kind === "Namespace");
  const set = documents.find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "otobo");
  assert.ok(namespace && set, `${FOLDER} lacks its Namespace, or the StatefulSet otobo`);
  // the suites have a profile of that name
  const all = documents.filter((each) => each !== namespace && each.kind !== "RollcallProfile");
  assertImages(all);
  for (const each of all.flatMap(listContainers))
    each.resources = { requests: { cpu: "50m", memory: "64Mi" } };
  const { name, labels = {} } = namespace.metadata;
  return { namespace: { name, labels }, set, all };
}

/** The suite's profile equals the example's, for a database that the installer has set up. */
export async function assertProfile(): Promise<void> {
  const suites = await readHelpdesk(E2E_PROFILES);
  const example = await readHelpdesk(join(FOLDER, "profiles.yaml"));
  const otobo = { ...example.spec.otobo, release: { firstInstall: "Refuse" } };
  assert.deepEqual(suites, { ...example, spec: { ...example.spec, otobo } });
}

interface Profile {
  metadata: { name: string };
  spec: { otobo?: Record<string, unknown> };
}

async function readHelpdesk(file: string): Promise<Profile> {
  const documents = parseAllDocuments(await readFile(file, "utf8"));
  const profiles = documents.map((each) => each.toJS() as Profile);
  const found = profiles.find(({ metadata }) => metadata.name === "helpdesk");
  assert.ok(found, `${file} lacks the profile helpdesk`);
  return found;
}

function listContainers({ spec }: Document): Container[] {
  const pod = spec?.template?.spec;
  return pod === undefined ? [] : [...pod.containers, ...(pod.initContainers ?? [])];
}

/** The cluster has no other image: a pod would wait for it without an error. */
function assertImages(documents: readonly Document[]): void {
  const named = new Set(documents.flatMap(listContainers).map(({ image }) => image));
  assert.deepEqual([...named].sort(), [...Object.values(IMAGES), APP_IMAGE].sort());
}
