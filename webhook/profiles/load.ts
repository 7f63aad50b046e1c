// Loads RollcallProfiles from YAML: compiled profiles, or all their faults with line and column.
import { isMap, isNode, isScalar, type Node } from "yaml";
import type { SpecFault } from "./fault.ts";
import type { Profile, ProfileVersion } from "./profile.ts";
import { describeConflict, findOverlap, formatPath, Profiles } from "./profileSet.ts";
import { readProfile } from "./readProfile.ts";
import { PROFILE_GROUP, PROFILE_KIND } from "./schema.ts";
import { parseYaml, toJson, type YamlDocument, type YamlPosition } from "./yaml.ts";

export interface ProfileFault extends YamlPosition {
  /** path in the document, e.g. spec.generic.steps[0].run */
  path: string;
  message: string;
}

export type LoadResult<F extends ProfileFault = ProfileFault> =
  | { profiles: Profiles }
  | { faults: readonly [F, ...F[]] };

/** A RollcallProfile found in a YAML document. */
export interface ProfileDocument {
  readonly yaml: YamlDocument;
  /** path of the object in the document: [], or ["items", 0] in a List */
  readonly path: readonly (string | number)[];
  readonly object: unknown;
}

/** Whether an object is a RollcallProfile of any version. */
export const isProfile = (apiVersion: unknown, kind: unknown): boolean =>
  kind === PROFILE_KIND && String(apiVersion).startsWith(`${PROFILE_GROUP}/`);

/**
 * Loads the RollcallProfiles of a text and ignores its other documents; never throws.
 * @returns the profiles, or all their faults in document order
 */
export function loadProfiles(text: string): LoadResult {
  try {
    const documents = parseYaml(text);
    const syntaxErrors = documents.flatMap(({ document, locate }) =>
      document.errors.map(({ pos, message }) => ({ ...locate(pos[0]), path: "", message })),
    );
    if (isFilled(syntaxErrors)) return { faults: syntaxErrors };
    return readProfileDocuments(
      documents.flatMap((yaml) => {
        const object = toJson(yaml);
        const { apiVersion, kind } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown };
        return isProfile(apiVersion, kind) ? [{ yaml, path: [], object }] : [];
      }),
    );
  } catch (error) {
    // an unresolved alias, an alias bomb, or nesting so deep that the parser overflows the stack
    const message = error instanceof Error ? error.message : String(error);
    return { faults: [{ line: 1, column: 1, path: "", message }] };
  }
}

/** Reads profiles that were found in documents. @returns faults in document order, each with its document */
export function readProfileDocuments<D extends ProfileDocument>(
  documents: readonly D[],
): LoadResult<ProfileFault & { readonly document: D }> {
  const found = new Map<string, Profile>();
  const faults: (ProfileFault & { readonly document: D })[] = [];
  for (const document of documents) {
    const read = readProfile(document.object, readVersion(document.object));
    const ownFaults = "faults" in read ? read.faults : findConflicts(read.profile, found);
    const located = ownFaults.map((fault) => ({ ...locateFault(fault, document), document }));
    faults.push(...located.toSorted((a, b) => a.line - b.line || a.column - b.column));
    if ("profile" in read && ownFaults.length === 0) found.set(read.profile.name, read.profile);
  }
  return isFilled(faults) ? { faults } : { profiles: new Profiles(found) };
}

/** The version of a profile that `kubectl get -o yaml` printed; null: written by hand. */
function readVersion(object: unknown): ProfileVersion | null {
  const { metadata } = (object ?? {}) as { metadata?: { uid?: unknown; generation?: unknown } | null };
  const { uid, generation } = metadata ?? {};
  return typeof uid === "string" && typeof generation === "number" ? { uid, generation } : null;
}

/** Conflicts with the profiles that come before it: the same name, or overlapping numbers. */
function findConflicts(profile: Profile, found: ReadonlyMap<string, Profile>): SpecFault[] {
  if (found.has(profile.name))
    return [{ path: ["metadata", "name"], message: `a second profile named ${profile.name}` }];
  const other = findOverlap(profile, new Profiles(found));
  return other === null ? [] : [{ path: ["spec"], message: describeConflict(profile, other) }];
}

function locateFault({ path, message, about }: SpecFault, document: ProfileDocument): ProfileFault {
  const { yaml, path: root } = document;
  const node = findNode(yaml, [...root, ...path], about);
  return {
    ...yaml.locate(node?.range?.[0] ?? 0),
    path: formatPath(path),
    message: suggestQuotes(message, node) ?? message,
  };
}

/** YAML reads 90 as a number and yes as true where the author meant text. */
function suggestQuotes(message: string, node: Node | null): string | null {
  if (!message.startsWith("Invalid input: expected string")) return null;
  if (!isScalar(node) || node.value === null) return null;
  const source = node.source ?? String(node.value);
  return `expected text, but ${source} without quotes is a ${typeof node.value}: write ${JSON.stringify(source)}`;
}

/** The node at the path, or its nearest parent, where a missing field is reported. */
function findNode(
  yaml: YamlDocument,
  path: readonly (string | number)[],
  about: SpecFault["about"],
): Node | null {
  const { document } = yaml;
  const target: unknown = document.getIn(path, true);
  // the key of a map is a more useful position than its first entry
  if (about === "key" || isMap(target)) {
    const key = findKey(yaml, path);
    if (key !== null) return key;
  }
  for (let depth = path.length; depth > 0; depth -= 1) {
    const value: unknown = document.getIn(path.slice(0, depth), true);
    if (isNode(value)) return value;
  }
  return document.contents;
}

function findKey({ document }: YamlDocument, path: readonly (string | number)[]): Node | null {
  const parent: unknown = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
    : undefined;
  return isNode(pair?.key) ? pair.key : null;
}

const isFilled = <T>(list: readonly T[]): list is readonly [T, ...T[]] => list.length > 0;

/** Formats a fault as one line, `FILE:LINE:COLUMN: PATH: MESSAGE`, to which editors and terminals can jump. */
export function formatFaultLine(file: string, { line, column, path, message }: ProfileFault): string {
  const text = `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
  // paths and messages quote user input, which may hold newlines
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
