// Reads the user's YAML files. Each document knows its position, so that errors can name it.
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseYaml, toJson, type YamlDocument } from "../profiles/yaml.ts";
import { quoteShellWord } from "../scaleDown/commands.ts";
import { BadInput } from "./ending.ts";

export interface ReadDocument {
  /** FILE:LINE of its start */
  place: string;
  /** as the user named it; "-": standard input */
  file: string;
  yaml: YamlDocument;
  /** path of the object in the document: [], or ["items", 0] in a List */
  path: readonly (string | number)[];
  kind: string;
  name: string;
  object: Readonly<Record<string, unknown>>;
}

/** Reads all documents of a file, of a folder's *.yaml, *.yml and *.json, or of standard input ("-"). */
export async function readDocuments(path: string): Promise<ReadDocument[]> {
  const files = await listManifestFiles(path);
  const documents: ReadDocument[] = [];
  for (const file of files) documents.push(...parseDocuments(file, await readText(file)));
  return documents;
}

async function listManifestFiles(path: string): Promise<string[]> {
  if (path === "-") return ["-"];
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
    if (names.length === 0)
      throw new BadInput(`${path} has no *.yaml, *.yml or *.json files (subfolders are not read)`);
    return names.map((name) => join(path, name));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Reads a file; "-": standard input. */
export async function readText(file: string): Promise<string> {
  try {
    if (file !== "-") return await readFile(file, "utf8");
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** How to build a kustomization or chart among the documents, as the end of a sentence. @param words the command to pipe into */
export function explainHowToBuild(documents: readonly ReadDocument[], words: string): string {
  const built = documents.find(
    // kustomize requires neither kind nor apiVersion in a file of that name
    ({ kind, place }) => kind === "Kustomization" || /(^|\/)kustomization\.ya?ml:/.test(place),
  );
  const chart = documents.find(({ place }) => /(^|\/)Chart\.yaml:/.test(place));
  const [found, tool] = built === undefined ? [chart, "helm template"] : [built, "kustomize build"];
  if (found === undefined) return "";
  const folder = dirname(found.place.replace(/:\d+$/, ""));
  const source = built === undefined ? "a Helm chart" : "a kustomization";
  return `; it is ${source}, build it first:\n  ${tool} ${quoteShellWord(folder)} | rollcall ${words} - …`;
}

function unreadable(path: string, error: unknown): BadInput {
  if (error instanceof BadInput) return error;
  const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
  return new BadInput(
    missing ? `${path}: no such file` : `${path}: ${error instanceof Error ? error.message : String(error)}`,
  );
}

/** Parses all documents of a text. @param file its name, for messages */
export function parseDocuments(file: string, text: string): ReadDocument[] {
  const shown = showFile(file);
  return parseYaml(text).flatMap((yaml) => {
    const { document, locate } = yaml;
    const [fault] = document.errors;
    if (fault !== undefined) {
      const { line, column } = locate(fault.pos[0]);
      throw new BadInput(`${shown}:${line}:${column}: invalid YAML: ${fault.message}`);
    }
    const place = `${shown}:${locate(document.contents?.range?.[0] ?? 0).line}`;
    let object: unknown;
    try {
      object = toJson(yaml);
    } catch (error) {
      throw new BadInput(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return object === null || object === undefined ? [] : expandList(object, { file, place, yaml, path: [] });
  });
}

/** The name of a file in messages. */
export const showFile = (file: string): string => (file === "-" ? "(standard input)" : file);

function expandList(object: unknown, source: Omit<ReadDocument, "kind" | "name" | "object">): ReadDocument[] {
  if (!isRecord(object))
    throw new BadInput(
      `${source.place}: expected a Kubernetes object, not ${JSON.stringify(object)?.slice(0, 40)}`,
    );
  const { kind, items } = object;
  if (Array.isArray(items) && typeof kind === "string" && kind.endsWith("List"))
    return items.flatMap((item, index) =>
      expandList(item, { ...source, path: [...source.path, "items", index] }),
    );
  const metadata = isRecord(object["metadata"]) ? object["metadata"] : {};
  return [{ ...source, kind: String(kind ?? ""), name: String(metadata["name"] ?? ""), object }];
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
