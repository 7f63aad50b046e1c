// Parses YAML as kubectl does, and locates values in the text.
import {
  type Document,
  isScalar,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type SchemaOptions,
  type Tags,
  visit,
  YAMLParseError,
} from "yaml";

/**
 * kubectl reads YAML 1.1: `defaultMode: 0755` is octal, `yes` is true, `<<` merges. It does not support timestamps, sets
 * and pairs of that version, but supports 0o755 (compared with kubectl 1.37 for 50 values).
 */
const LIKE_KUBECTL = {
  version: "1.1",
  customTags: (tags: Tags): Tags => [
    ...tags.filter(
      (tag) =>
        typeof tag === "string" || (tag.format !== "TIME" && !/:(timestamp|omap|pairs|set)$/.test(tag.tag)),
    ),
    "intOct",
  ],
} as const satisfies SchemaOptions & { version: string };

/** Line and column start at 1. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

export interface YamlDocument {
  readonly document: Document.Parsed<ParsedNode>;
  /** @param offset in the text */
  readonly locate: (offset: number) => YamlPosition;
}

/** Parses all documents of a text. Syntax errors are in `document.errors`. */
export function parseYaml(text: string): YamlDocument[] {
  const lines = new LineCounter();
  // logLevel: no warnings on standard error
  // uniqueKeys: the library's check is quadratic, so repeated keys are found below
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error" as const,
    uniqueKeys: false,
    ...LIKE_KUBECTL,
  };
  const parsed = parseAllDocuments(text, options);
  if (!Array.isArray(parsed)) return [];
  const locate = (offset: number): YamlPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  return parsed.map((document) => {
    document.errors.push(...findRepeatedKeys(document));
    return { document, locate };
  });
}

/** A merge (`<<`) may be repeated. */
const MERGE = "<<";

function findRepeatedKeys(document: Document.Parsed<ParsedNode>): YAMLParseError[] {
  const errors: YAMLParseError[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key) || key.value === MERGE) continue;
        if (seen.has(key.value)) {
          const [start = 0, end = start] = key.range ?? [];
          errors.push(new YAMLParseError([start, end], "DUPLICATE_KEY", "Map keys must be unique"));
        }
        seen.add(key.value);
      }
    },
  });
  return errors;
}

/**
 * Converts a document to plain JSON values; aliases become copies.
 * @throws if an alias is unresolved, or aliases would make the value very large
 */
export function toJson({ document }: YamlDocument): unknown {
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
