// Reads manifests/base as its kustomization composes it, for the files that are generated from it: the chart and
// install.yaml.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import * as z from "zod";

const MANIFESTS = fileURLToPath(new URL("../../manifests/", import.meta.url));

/** The namespace in the documents of the base. */
export const BASE_NAMESPACE = "rollcall-system";

/** The registry in the documents of the base: a placeholder that does not exist. */
export const BASE_REGISTRY = "registry.local/rollcall";

/** Namespaced kinds in the base and its overlays. */
export const NAMESPACED: readonly string[] = [
  "Certificate",
  "Deployment",
  "Issuer",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "ResourceQuota",
  "Role",
  "RoleBinding",
  "Service",
  "ServiceAccount",
];

/** Strict, so that a new field of the kustomization fails here until the chart and install.yaml support it. */
const kustomizationSchema = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal("Kustomization"),
  namespace: z.literal(BASE_NAMESPACE),
  labels: z.tuple([z.strictObject({ pairs: z.record(z.string(), z.string()) })]),
  resources: z.array(z.string()).min(1),
  sortOptions: z.strictObject({ order: z.literal("fifo") }),
});

interface Base {
  /** file names, in the order in which they are applied */
  readonly files: readonly string[];
  /** labels of every object */
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}

/** @param path relative to manifests/ */
export const readManifest = (path: string): Promise<string> => readFile(join(MANIFESTS, path), "utf8");

/** @throws if the kustomization has fields that are not supported here */
export async function readBase(): Promise<Base> {
  const { resources, labels, namespace } = kustomizationSchema.parse(
    parse(await readManifest("base/kustomization.yaml")),
  );
  return { files: resources, labels: labels[0].pairs, namespace };
}
