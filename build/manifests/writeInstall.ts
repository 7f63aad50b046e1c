// install.yaml: the base as one file for `kubectl apply -f`, with the images of one registry and the package's version.
//   node build/manifests/writeInstall.ts --registry registry.example.com/rollcall > install.yaml
import { parseArgs } from "node:util";
import { type Document, isMap, parseAllDocuments, type ToStringOptions } from "yaml";
import { VERSION } from "../../init/contract/version.ts";
import { BASE_REGISTRY, NAMESPACED, readBase, readManifest } from "./base.ts";

/** Like the files of the base: long lines are not folded. */
const FORMAT: ToStringOptions = {
  lineWidth: 0,
  indentSeq: false,
  flowCollectionPadding: false,
  directives: false,
};

/**
 * The base as `kubectl kustomize` prints it, with its comments. @param registry of both images, including the folder
 */
export async function writeInstall(registry: string): Promise<string> {
  const { files, labels, namespace } = await readBase();
  const texts = await Promise.all(
    files.map(async (file) => {
      const documents = parseAllDocuments(await readManifest(`base/${file}`), { merge: true });
      for (const document of documents) complete(document, labels, namespace);
      return documents.map((document) => document.toString(FORMAT));
    }),
  );
  const head = `# Rollcall ${VERSION}: kubectl apply -f install.yaml\n`;
  return head + texts.flat().join("---\n").replaceAll(`image: ${BASE_REGISTRY}/`, `image: ${registry}/`);
}

/** Adds the labels and image names that the kustomization adds. */
function complete(document: Document, labels: Readonly<Record<string, string>>, namespace: string): void {
  const kind = document.get("kind");
  if (typeof kind !== "string" || !isMap(document.get("metadata")))
    throw new Error("a document of the base has no kind or no metadata");
  if (NAMESPACED.includes(kind)) document.setIn(["metadata", "namespace"], namespace);
  for (const [name, value] of Object.entries(labels)) document.setIn(["metadata", "labels", name], value);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { registry: { type: "string", default: BASE_REGISTRY } } });
  process.stdout.write(await writeInstall(values.registry));
}
