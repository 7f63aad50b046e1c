// Finds references to documents and files: in comments of the sources, in Markdown, and in YAML and text files.
import { glob, readFile } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import { findAnchors } from "../../docs/markdown.ts";
import type { Finding, SourcePart, Sources } from "./sources.ts";

/** Files to which references may lead, and files that are searched for references. */
const PLACES = ["*", "{webhook,init,presets,build,test,docs,manifests,.github,.ci}/**/*"];
const TEXT = /\.(md|ya?ml|cjs|mjs|js|json|toml|xml|pl|pm|sh|c|h|conf)$|(^|\/)(ozone|Dockerfile[\w.]*)$/;

/** Early documents of the project that are not in the repository. */
const NOT_HERE = /\bDESIGN\b|\bfacts\/[\w-]+(\.md)?/g;
/** Invariants by their number; docs/architecture.md explains them. */
const INVARIANT = /(?<![\w.-])I\d{1,2}\b(?![\w-])/g;
const INVARIANT_ROW = /^\| (I\d+) \| \*\*/gm;
/** Paths of files in prose: with a folder, or with an extension that only files of this repository have. */
const PATHS = /(?<![\w/.@-])(?:\.{0,2}\/)?[\w-][\w.-]*(?:\/[\w.-]+)*\.(?:md|ts)\b(?![\w/])/g;
/** Code in Markdown that is a path: of folders, and of files with an extension that files of this repository have. */
const CODE_PATHS = /`([\w.-]+(?:\/[\w.*-]+)*\/|[\w.-]+(?:\/[\w.*-]+)+)`/g;
const ROOTS = /^(webhook|init|presets|build|test|docs|manifests|\.github|\.ci)\//;
const FILE = /\.(\w+)$/;
const EXTENSIONS = new Set("ts mjs md yaml json cjs txt sh".split(" "));
/** Folders that programs make, one of OTOBO, and placeholders such as `PART-DIGEST/`. */
const ELSEWHERE = /^(dist|\.run|children|logs|Custom)\/|(^|\/)[A-Z][A-Z-]+[./]/;
const LINKS = /\]\(([^)\s]+)\)/g;

/** What paths lead to, from the root. */
interface Places {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

export const buildPlaces = (files: ReadonlySet<string>): Places => ({ files, folders: listFolders(files) });

export async function listBrokenReferences(root: string, comments: Sources["comments"]): Promise<Finding[]> {
  const files = await listFiles(root);
  const places = buildPlaces(files);
  const invariants = await listInvariants(root);
  const isUnknown = (name: string): boolean => !invariants.has(name);
  const findings: Finding[] = [];
  const report = (file: string, line: number, found: readonly string[]): void => {
    for (const text of found) findings.push({ part: selectPart(file), file, line, text });
  };
  for (const { file, line, text } of comments) {
    report(file, line, findInComment(text, file, files));
    report(file, line, (text.match(INVARIANT) ?? []).filter(isUnknown));
  }
  for (const file of files) {
    if (!TEXT.test(file) || file === "package-lock.json") continue;
    const text = await readFile(join(root, file), "utf8");
    for (const [index, line] of text.split("\n").entries()) {
      report(file, index + 1, line.match(NOT_HERE) ?? []);
      if (!file.endsWith(".md")) continue;
      report(file, index + 1, await findBrokenLinks(root, file, line, files));
      report(file, index + 1, findMissingPaths(line, file, places));
    }
  }
  return findings;
}

async function listInvariants(root: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(root, "docs/architecture.md"), "utf8").catch(() => "");
  return new Set([...text.matchAll(INVARIANT_ROW)].map(([, name = ""]) => name));
}

async function listFiles(root: string): Promise<ReadonlySet<string>> {
  const entries = glob(PLACES, {
    cwd: root,
    withFileTypes: true,
    exclude: ({ name }) => name === "node_modules",
  });
  const files = await Array.fromAsync(entries);
  return new Set(
    files
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(root, join(parentPath, name)).replaceAll("\\", "/")),
  );
}

/** The references in a comment of this file that do not resolve. */
export function findInComment(text: string, file: string, files: ReadonlySet<string>): string[] {
  const documents = text.match(NOT_HERE) ?? [];
  const paths = text.match(PATHS) ?? [];
  return [
    ...documents,
    ...paths.filter((path) => !path.startsWith("facts/") && !leadsToFile(path, file, files)),
  ];
}

/** Prose names a file from the root, from the referring file, or by the end of its path. */
function leadsToFile(path: string, from: string, files: ReadonlySet<string>): boolean {
  const plain = normalize(path);
  if (files.has(plain) || files.has(normalize(join(dirname(from), path)))) return true;
  return [...files].some((file) => file.endsWith(`/${plain}`));
}

/**
 * Paths in the code of a line of Markdown that lead nowhere. One that begins with a folder of the root is read from
 * there, any other folder from the page or by the end of its path. Other files may be those of another project.
 */
export function findMissingPaths(line: string, from: string, { files, folders }: Places): string[] {
  const isMissing = (path: string): boolean => {
    const plain = path.replace(/\/[^/]*\*.*$/, "/").replace(/\/$/, "");
    if (ELSEWHERE.test(path) || isForeignFile(plain)) return false;
    if (ROOTS.test(path)) return !files.has(plain) && !folders.has(plain);
    return path.endsWith("/") && !leadsToFolder(plain, from, folders);
  };
  return [...line.matchAll(CODE_PATHS)].map(([, path = ""]) => path).filter(isMissing);
}

const isForeignFile = (path: string): boolean => {
  const [, extension = null] = FILE.exec(path) ?? [];
  return extension !== null && !EXTENSIONS.has(extension);
};

function leadsToFolder(path: string, from: string, folders: ReadonlySet<string>): boolean {
  if (folders.has(path) || folders.has(normalize(join(dirname(from), path)))) return true;
  return [...folders].some((folder) => folder.endsWith(`/${path}`));
}

function listFolders(files: ReadonlySet<string>): ReadonlySet<string> {
  const listParents = (path: string): string[] =>
    path.includes("/") ? [dirname(path), ...listParents(dirname(path))] : [];
  return new Set([...files].flatMap(listParents));
}

async function findBrokenLinks(root: string, from: string, line: string, files: ReadonlySet<string>) {
  const broken: string[] = [];
  for (const [, target = ""] of line.matchAll(LINKS))
    if (!(await resolves(root, from, target, files))) broken.push(target);
  return broken;
}

async function resolves(
  root: string,
  from: string,
  target: string,
  files: ReadonlySet<string>,
): Promise<boolean> {
  if (/^[a-z]+:/.test(target)) return true;
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? from : normalize(join(dirname(from), path)).replace(/\/$/, "");
  // a folder exists if a file is in it
  if (!files.has(file)) return [...files].some((one) => one.startsWith(`${file}/`));
  if (anchor === undefined || !file.endsWith(".md")) return true;
  return findAnchors(await readFile(join(root, file), "utf8")).has(anchor);
}

function selectPart(file: string): SourcePart {
  return file.startsWith("test/") ? "test" : "product";
}
