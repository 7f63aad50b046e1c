// The objects of manifests/base, which the package contains, as they should be in a cluster.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { list, mapOf, object, readShape, type Shape, text } from "../../../init/contract/shape.ts";
import { DEFAULT_CONTROLLER_USERS } from "../../mutation/settings.ts";

/** The namespace in the files. */
export const DEFAULT_NAMESPACE = "rollcall-system";

export interface ExpectedObject {
  readonly kind: string;
  readonly name: string;
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

const document = object({ kind: text(), metadata: object({ name: text() }) });

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
      const { kind, metadata } = found;
      const place = CLUSTER_SCOPED.test(kind) ? {} : { namespace };
      const own = metadata["labels"] as Record<string, string> | undefined;
      const full = { ...found, metadata: { ...metadata, ...place, labels: { ...own, ...pairs } } };
      return { kind, name: metadata.name, object: full };
    }),
  );
}

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
