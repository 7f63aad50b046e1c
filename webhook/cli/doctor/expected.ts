// The objects of manifests/base, which the package contains, as they should be in a cluster.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { META } from "../../../init/contract/apiObjects.ts";
import {
  list,
  mapOf,
  nullish,
  object,
  readShape,
  type Shape,
  type TypeOf,
  text,
} from "../../../init/contract/shape.ts";
import { configuredWebhooks } from "../../kubernetes/configuredWebhooks.ts";
import { DEFAULT_CONTROLLER_USERS } from "../../mutation/settings.ts";

/** The namespace in the files. */
export const DEFAULT_NAMESPACE = "rollcall-system";

export interface ExpectedObject {
  readonly kind: string;
  readonly name: string;
  /** of the API */
  readonly path: string;
  readonly object: Readonly<Record<string, unknown>>;
}

export interface ExpectedInput {
  readonly namespace: string;
  /** whose deletions of pods the webhook gets */
  readonly controllerUsers?: readonly string[];
}

const here = fileURLToPath(import.meta.url);
const BASE =
  basename(here) === "cli.mjs"
    ? join(here, "../../manifests/base")
    : fileURLToPath(new URL("../../../manifests/base", import.meta.url));

const kustomization = object({
  labels: list(object({ pairs: mapOf(text()) })),
  resources: list(text()),
});

const document = object({ apiVersion: text(), kind: text(), metadata: object({ name: META.name }) });

/** Kinds of the base that are in no namespace. */
const CLUSTER_SCOPED =
  /^(Namespace|CustomResourceDefinition|ClusterRole|ClusterRoleBinding|(Mutating|Validating)WebhookConfiguration|ValidatingAdmissionPolicy|ValidatingAdmissionPolicyBinding)$/;

/** Reads the base as its kustomization composes it, for an installation in this namespace. */
export async function readExpectedObjects({
  namespace,
  controllerUsers = DEFAULT_CONTROLLER_USERS,
}: ExpectedInput): Promise<ExpectedObject[]> {
  const { labels, resources } = readOurs(kustomization, parse(await readBaseFile("kustomization.yaml")));
  const pairs = Object.assign({}, ...labels.map((each) => each.pairs)) as Record<string, string>;
  const texts = await Promise.all(resources.map(readBaseFile));
  return texts.flatMap((each) =>
    parseAllDocuments(withSettings(each, namespace, controllerUsers), { merge: true }).map((read) => {
      const found = readOurs(document, read.toJS());
      const { apiVersion, kind, metadata } = found;
      const place = CLUSTER_SCOPED.test(kind) ? {} : { namespace };
      const own = metadata["labels"] as Record<string, string> | undefined;
      const full = { ...found, metadata: { ...metadata, ...place, labels: { ...own, ...pairs } } };
      const path = buildPath({ apiVersion, kind, name: metadata.name, ...place });
      return { kind, name: metadata.name, path, object: full };
    }),
  );
}

function buildPath(of: { apiVersion: string; kind: string; name: string; namespace?: string }): string {
  const { apiVersion, kind, name, namespace } = of;
  const api = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  // of the kinds of the base only those of policies have another plural
  const plural = `${kind.toLowerCase()}s`.replace(/ys$/, "ies");
  return `${api}${place}/${plural}/${name}`;
}

/** Adds what an installed object has and no file: labels and annotations of other tools, and each entry's caBundle. */
export function withInstalledParts(
  expected: Readonly<Record<string, unknown>>,
  installed: unknown,
): Readonly<Record<string, unknown>> {
  const read = readShape(installedObject, installed);
  if ("fault" in read) return expected;
  const { metadata, webhooks } = read.value;
  const own = readOurs(expectedMetadata, expected["metadata"]);
  const annotations = Object.entries({ ...metadata.annotations, ...own.annotations }).filter(
    ([key]) => key !== LAST_APPLIED,
  );
  const bundles = new Map((webhooks ?? []).map(({ name, clientConfig }) => [name, clientConfig.caBundle]));
  return {
    ...expected,
    metadata: {
      ...own,
      labels: { ...metadata.labels, ...own.labels },
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    },
    ...(expected["webhooks"] === undefined
      ? {}
      : { webhooks: readOurs(expectedEntries, expected["webhooks"]).map(withBundle) }),
  };

  function withBundle(entry: TypeOf<typeof expectedEntry>): unknown {
    const caBundle = bundles.get(entry.name);
    return caBundle ? { ...entry, clientConfig: { ...entry.clientConfig, caBundle } } : entry;
  }
}

/** kubectl's copy of what was applied, which is of another version. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

const expectedMetadata = object({
  labels: nullish(META.labels),
  annotations: nullish(META.annotations),
});

const installedObject = object({ metadata: expectedMetadata, webhooks: configuredWebhooks });

const expectedEntry = object({ name: META.name, clientConfig: object({}) });
const expectedEntries = list(expectedEntry);

function withSettings(file: string, namespace: string, users: readonly string[]): string {
  const formatUsers = (each: readonly string[]): string => `[${each.map((user) => `'${user}'`).join(", ")}]`;
  return file
    .replaceAll(DEFAULT_NAMESPACE, namespace)
    .replaceAll(formatUsers(DEFAULT_CONTROLLER_USERS), formatUsers(users));
}

const readBaseFile = (name: string): Promise<string> => readFile(join(BASE, name), "utf8");

/** @throws for files that are not of this package */
function readOurs<T>(shape: Shape<T>, value: unknown): T {
  const read = readShape(shape, value);
  if ("fault" in read) throw new Error(`${BASE} is damaged: ${read.fault.message}`);
  return read.value;
}

/** Names the first field in which an object differs from what it should be; null: none does. */
export function findDifference(expected: unknown, actual: unknown, path = ""): string | null {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return path;
    return findFirst(expected.keys(), (index) =>
      findDifference(expected[index], actual[index], `${path}[${index}]`),
    );
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return path;
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return findFirst(keys, (key) => {
      const at = path === "" ? key : `${path}.${key}`;
      return Object.hasOwn(expected, key)
        ? findDifference(expected[key], actual[key], at)
        : isDefault(key, actual[key])
          ? null
          : at;
    });
  }
  return expected === actual ? null : path;
}

/** Fields that the API server fills in. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  matchPolicy: "Equivalent",
  port: 443,
  reinvocationPolicy: "Never",
  timeoutSeconds: 10,
};

/** The webhook, or cert-manager, writes it. */
const WRITTEN_LATER = "caBundle";

const isDefault = (key: string, value: unknown): boolean =>
  key === WRITTEN_LATER || value === DEFAULTS[key] || isEmpty(value);

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function findFirst<T>(all: Iterable<T>, find: (each: T) => string | null): string | null {
  for (const each of all) {
    const found = find(each);
    if (found !== null) return found;
  }
  return null;
}
