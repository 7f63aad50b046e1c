// RollcallProfiles from text to compiled profiles, or every fault in them with line and column.
import { isMap, isNode, isScalar, type Node } from "yaml";
import type { SpecFault } from "./fault.ts";
import type { Profile, ProfileVersion } from "./profile.ts";
import { describeConflict, findOverlap, formatPath, Profiles } from "./profileSet.ts";
import { readProfile } from "./readProfile.ts";
import { PROFILE_GROUP, PROFILE_KIND } from "./schema.ts";
import { parseYaml, toJson, type YamlDocument, type YamlPosition } from "./yaml.ts";

export interface ProfileFault extends YamlPosition {
  /** where in the document, e.g. spec.generic.steps[0].run */
  path: string;
  message: string;
}

export type LoadResult<F extends ProfileFault = ProfileFault> =
  | { profiles: Profiles }
  | { faults: readonly [F, ...F[]] };

/** A profile among the documents of a text. */
export interface ProfileDocument {
  readonly yaml: YamlDocument;
  /** where the object stands in the document: [] or, in a List, ["items", 0] */
  readonly path: readonly (string | number)[];
  readonly object: unknown;
}

/** Whether an object of a file is meant as a profile, whatever its version. */
export const isProfile = (apiVersion: unknown, kind: unknown): boolean =>
  kind === PROFILE_KIND && String(apiVersion).startsWith(`${PROFILE_GROUP}/`);

/**
 * Reads the RollcallProfiles of a text and leaves its other documents alone; never throws.
 * @returns the profiles, or all that is wrong with them, in their order
 */
export function loadProfiles(text: string): LoadResult {
  try {
    const documents = parseYaml(text);
    const broken = documents.flatMap(({ document, placeOf }) =>
      document.errors.map(({ pos, message }) => ({ ...placeOf(pos[0]), path: "", message })),
    );
    if (isFilled(broken)) return { faults: broken };
    return readProfileDocuments(
      documents.flatMap((yaml) => {
        const object = toJson(yaml);
        const { apiVersion, kind } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown };
        return isProfile(apiVersion, kind) ? [{ yaml, path: [], object }] : [];
      }),
    );
  } catch (error) {
    // an alias to nowhere, an alias bomb, or nested so deeply that the parser's stack ends
    const message = error instanceof Error ? error.message : String(error);
    return { faults: [{ line: 1, column: 1, path: "", message }] };
  }
}

/** Reads profiles that were found among documents. @returns faults in the order of the documents, each with its own */
export function readProfileDocuments<D extends ProfileDocument>(
  documents: readonly D[],
): LoadResult<ProfileFault & { readonly document: D }> {
  const found = new Map<string, Profile>();
  const faults: (ProfileFault & { readonly document: D })[] = [];
  for (const document of documents) {
    const read = readProfile(document.object, readVersion(document.object));
    const wrong = "faults" in read ? read.faults : findClash(read.profile, found);
    const located = wrong.map((fault) => ({ ...locateFault(fault, document), document }));
    faults.push(...located.toSorted((a, b) => a.line - b.line || a.column - b.column));
    if ("profile" in read && wrong.length === 0) found.set(read.profile.name, read.profile);
  }
  return isFilled(faults) ? { faults } : { profiles: new Profiles(found) };
}

/** Of a profile as `kubectl get -o yaml` prints it; null: it was written by hand. */
function readVersion(object: unknown): ProfileVersion | null {
  const { metadata } = (object ?? {}) as { metadata?: { uid?: unknown; generation?: unknown } | null };
  const { uid, generation } = metadata ?? {};
  return typeof uid === "string" && typeof generation === "number" ? { uid, generation } : null;
}

/** What two profiles of one set of files cannot have in common. */
function findClash(profile: Profile, found: ReadonlyMap<string, Profile>): SpecFault[] {
  if (found.has(profile.name))
    return [{ path: ["metadata", "name"], message: `a second profile of the name ${profile.name}` }];
  const other = findOverlap(profile, new Profiles(found));
  return other === null ? [] : [{ path: ["spec"], message: describeConflict(profile, other) }];
}

function locateFault({ path, message, about }: SpecFault, document: ProfileDocument): ProfileFault {
  const { yaml, path: root } = document;
  const node = findNode(yaml, [...root, ...path], about);
  return {
    ...yaml.placeOf(node?.range?.[0] ?? 0),
    path: formatPath(path),
    message: sayUnquoted(message, node) ?? message,
  };
}

/** YAML reads 90 as a number and yes as true; who wrote it meant text. */
function sayUnquoted(message: string, node: Node | null): string | null {
  if (!message.startsWith("Invalid input: expected string")) return null;
  if (!isScalar(node) || node.value === null) return null;
  const written = node.source ?? String(node.value);
  return `expected text, and without quotes ${written} is a ${typeof node.value}: write ${JSON.stringify(written)}`;
}

/** The node that a fault is about, or the nearest one above it: a missing field is reported where it is missing. */
function findNode(
  yaml: YamlDocument,
  path: readonly (string | number)[],
  about: SpecFault["about"],
): Node | null {
  const { document } = yaml;
  const whole: unknown = document.getIn(path, true);
  // where a whole map is wrong its key says more
  if (about === "key" || isMap(whole)) {
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

/** A fault as one line, `FILE:LINE:COLUMN: PATH: MESSAGE`, which editors and terminals can jump to. */
export function formatFaultLine(file: string, { line, column, path, message }: ProfileFault): string {
  const text = `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
  // paths and messages quote what was written, which may hold newlines
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
