// profiles.yaml from text to compiled profiles, or every fault in it with line and column.
import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type * as z from "zod";
import { compile } from "./compile.ts";
import type { Profiles } from "./profile.ts";
import { profilesFile } from "./schema.ts";
import { suggestKey } from "./suggest.ts";

export interface ProfileFault {
  /** both from 1 */
  line: number;
  column: number;
  /** where in the document, e.g. profiles.demo.steps.0.run */
  path: string;
  message: string;
}

export type Loaded = { profiles: Profiles } | { faults: readonly [ProfileFault, ...ProfileFault[]] };

/**
 * Reads the text of a profiles.yaml; never throws.
 * @returns the profiles, or all that is wrong with the text, in its order
 */
export function loadProfiles(text: string): Loaded {
  try {
    return load(text);
  } catch (error) {
    // an alias to nowhere, an alias bomb, or nested so deeply that the parser's stack ends
    const message = error instanceof Error ? error.message : String(error);
    return { faults: [{ line: 1, column: 1, path: "", message }] };
  }
}

function load(text: string): Loaded {
  const lines = new LineCounter();
  // logLevel: what is odd is told by the schema, not on standard error
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const place = (offset: number): Pick<ProfileFault, "line" | "column"> => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const unreadable = document.errors.map((error) => ({
    ...place(error.pos[0]),
    path: "",
    message: error.message,
  }));
  if (isFilled(unreadable)) return { faults: unreadable };

  const inherited = inheritedName(document, place);
  if (inherited !== null) return { faults: [inherited] };
  const read = profilesFile.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!read.success) {
    const faults = read.error.issues.flatMap((issue) => faultsOf(issue, document, place));
    faults.sort((a, b) => a.line - b.line || a.column - b.column);
    return isFilled(faults)
      ? { faults }
      : { faults: [{ line: 1, column: 1, path: "", message: "not profiles" }] };
  }
  return {
    profiles: new Map(
      Object.entries(read.data.profiles).map(([name, written]) => [name, compile(name, written)]),
    ),
  };
}

/** What every object inherits: a schema's record leaves a key of that name out without a word. */
const INHERITED = "__proto__";

function inheritedName(document: Document, place: Place): ProfileFault | null {
  const profiles: unknown = document.getIn(["profiles"], true);
  const pair = isMap(profiles)
    ? profiles.items.find(({ key }) => isScalar(key) && key.value === INHERITED)
    : undefined;
  if (!isNode(pair?.key)) return null;
  const message = `a profile cannot be called ${INHERITED}: lower case letters, digits and '-', at most 63 characters`;
  return { ...place(startOf(pair.key)), path: `profiles.${INHERITED}`, message };
}

type Place = (offset: number) => Pick<ProfileFault, "line" | "column">;

function faultsOf(issue: z.core.$ZodIssue, document: Document, place: Place): ProfileFault[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const keyNode = keyOf(document, path, key);
      const where = path.join(".") || "the document";
      const meant = suggestKey(path, key, (at) => document.getIn(at));
      return {
        ...place(startOf(keyNode)),
        path: [...path, key].join("."),
        message: `unknown key ${JSON.stringify(key)} in ${where}${meant === null ? "" : `; did you mean ${meant}?`}`,
      };
    });
  }
  const message =
    (issue.code === "invalid_key" ? issue.issues[0]?.message : unquotedText(issue, document)) ??
    issue.message;
  return [{ ...place(startOf(nearest(document, path))), path: path.join("."), message }];
}

/** YAML reads 90 as a number and yes as true; who wrote it meant text. */
function unquotedText(issue: z.core.$ZodIssue, document: Document): string | null {
  if (issue.code !== "invalid_type" || issue.expected !== "string") return null;
  // a field that says itself what it wants says it better
  if (!issue.message.startsWith("Invalid input")) return null;
  const node: unknown = document.getIn(issue.path, true);
  if (!isScalar(node) || node.value === null) return null;
  const written = node.source ?? String(node.value);
  return `expected text, and without quotes ${written} is a ${typeof node.value}: write ${JSON.stringify(written)}`;
}

/** The node at a path, or the nearest one above it: a missing key is reported where it is missing. */
function nearest(document: Document, path: readonly (string | number)[]): Node | null {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (isNode(node)) return node;
  }
  return document.contents;
}

function keyOf(document: Document, path: readonly (string | number)[], key: string): Node | null {
  const parent: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(parent)
    ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  return isNode(pair?.key) ? pair.key : nearest(document, path);
}

const startOf = (node: Node | null): number => node?.range?.[0] ?? 0;

const isFilled = <T>(list: readonly T[]): list is readonly [T, ...T[]] => list.length > 0;

/** A fault as one line, `FILE:LINE:COLUMN: PATH: MESSAGE`, which editors and terminals can jump to. */
export function faultLine(file: string, { line, column, path, message }: ProfileFault): string {
  const text = `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
  // paths and messages quote what was written, which may hold newlines
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
