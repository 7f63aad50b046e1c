// manifests/base as its kustomization puts it together, for what is made from it: the chart and install.yaml.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import * as z from "zod";

const MANIFESTS = fileURLToPath(new URL("../../manifests/", import.meta.url));

/** The namespace of the base, which stands in its documents wherever they name their own. */
export const BASE_NAMESPACE = "rollcall-system";

/** The registry that the base names; there is none of that name. */
export const BASE_REGISTRY = "registry.local/rollcall";

/** Kinds of the base and its overlays that belong to a namespace. */
export const NAMESPACED: readonly string[] = [
  "Deployment",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "ResourceQuota",
  "Role",
  "RoleBinding",
  "Service",
  "ServiceAccount",
];

/** Strict: what the base's kustomization begins to use has to be carried over to the chart and to install.yaml. */
const kustomizationSchema = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal("Kustomization"),
  namespace: z.literal(BASE_NAMESPACE),
  labels: z.tuple([z.strictObject({ pairs: z.record(z.string(), z.string()) })]),
  resources: z.array(z.string()).min(1),
  sortOptions: z.strictObject({ order: z.literal("fifo") }),
});

interface Base {
  /** names of the files, in the order in which they are applied */
  readonly files: readonly string[];
  /** labels of every object */
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}

/** @param path from manifests/ */
export const readManifest = (path: string): Promise<string> => readFile(join(MANIFESTS, path), "utf8");

/** @throws where the kustomization has what is not carried over */
export async function readBase(): Promise<Base> {
  const { resources, labels, namespace } = kustomizationSchema.parse(
    parse(await readManifest("base/kustomization.yaml")),
  );
  return { files: resources, labels: labels[0].pairs, namespace };
}
