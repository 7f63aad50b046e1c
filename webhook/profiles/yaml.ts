// YAML as kubectl reads it, with the place of each value.
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
 * kubectl reads YAML 1.1: `defaultMode: 0755` is octal, `yes` is true, `<<` merges. It leaves that version's times,
 * sets and pairs alone, and knows 0o755, too (kubectl 1.37 asked for 50 values).
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

/** Both from 1. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

/** A document of a text, and where its values stand. */
export interface YamlDocument {
  readonly document: Document.Parsed<ParsedNode>;
  /** @param offset in the text */
  readonly placeOf: (offset: number) => YamlPosition;
}

/** Every document of a text; what is wrong with one is among its errors. */
export function parseYaml(text: string): YamlDocument[] {
  const lines = new LineCounter();
  // logLevel: what is odd is not told on standard error
  // the library compares each key of a map with all others, so keys are compared below
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
    return { document, placeOf: locate };
  });
}

/** A merge (`<<`) may come several times. */
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
 * The value of a document as JSON has it: an alias is a value of its own.
 * @throws where an alias leads nowhere, or aliases would make it very large
 */
export function toJson({ document }: YamlDocument): unknown {
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
