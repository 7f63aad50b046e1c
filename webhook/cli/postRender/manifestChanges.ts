// Changes of YAML documents in a text. Documents without a change keep their text, comments and order.
import { isMap, isNode, type Node, stringify, visit } from "yaml";
import { isRecord, type ReadDocument } from "../documents.ts";
import { BadInput } from "../ending.ts";

/** Collects changes of documents, and applies them to the text. */
export class ManifestChanges {
  readonly #text: string;
  readonly #changed = new Map<ReadDocument["yaml"], "changed" | "removed">();
  readonly #expanded = new Set<unknown>();
  readonly notes: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Sets a value in the document's object, and makes the maps on the way. */
  set({ yaml, path, place }: ReadDocument, field: readonly (string | number)[], value: unknown): void {
    this.#expandAliases(yaml);
    const whole = [...path, ...field];
    for (let length = path.length; length < whole.length; length += 1) {
      const node = yaml.document.getIn(whole.slice(0, length), true) as Node | undefined;
      // a value such as {} or null is replaced below
      if (node === undefined || isMap(node) || (node as { value?: unknown }).value === null) continue;
      throw new BadInput(`${place}: ${whole.slice(0, length).join(".")} is not a map`);
    }
    const parent = yaml.document.getIn(whole.slice(0, -1), true);
    if (isMap(parent)) yaml.document.setIn(whole, yaml.document.createNode(value));
    else yaml.document.setIn(whole.slice(0, -1), yaml.document.createNode({ [String(whole.at(-1))]: value }));
    this.#changed.set(yaml, "changed");
  }

  /** Removes the entries of these names from a list of named objects, and the list if it is empty then. */
  removeNamed({ yaml, path }: ReadDocument, field: readonly string[], names: readonly string[]): void {
    this.#expandAliases(yaml);
    const whole = [...path, ...field];
    const entries: unknown = yaml.document.getIn(whole);
    if (!isRecord(entries) || !Array.isArray(entries["items"])) return;
    for (let index = entries["items"].length - 1; index >= 0; index -= 1) {
      if (names.includes(String(yaml.document.getIn([...whole, index, "name"]))))
        yaml.document.deleteIn([...whole, index]);
    }
    if (entries["items"].length === 0) yaml.document.deleteIn(whole);
    this.#changed.set(yaml, "changed");
  }

  /** Removes a whole document, or an item of a List. */
  remove({ yaml, path }: ReadDocument): void {
    if (path.length === 0) this.#changed.set(yaml, "removed");
    else {
      this.#expandAliases(yaml);
      yaml.document.deleteIn(path);
      this.#changed.set(yaml, "changed");
    }
  }

  /**
   * Replaces aliases with copies: what an anchor marks may be removed or changed. The reader of the documents has limited
   * how much aliases can expand to.
   */
  #expandAliases({ document }: ReadDocument["yaml"]): void {
    if (this.#expanded.has(document)) return;
    this.#expanded.add(document);
    visit(document, {
      Alias: (_, alias) => {
        const copy: unknown = alias.resolve(document)?.clone();
        return isNode(copy) ? copy : undefined;
      },
    });
    visit(document, {
      Node: (_, node) => {
        if ("anchor" in node) delete node.anchor;
      },
    });
  }

  /**
   * The changed text.
   * @param added new objects @param before they stand before this one, since Helm 3 creates in the order of the text
   */
  apply(added: readonly object[], before: ReadDocument | null): string {
    const edits = [...this.#changed].map(([{ document }, how]): TextEdit => {
      const [start, , end] = document.range;
      // what precedes the document stays in the text
      document.commentBefore = null;
      const text = how === "removed" ? "" : document.toString({ lineWidth: 0 });
      return { start, end, text };
    });
    const isAdding = before !== null && added.length > 0;
    return applyEdits(this.#text, isAdding ? [this.#insertBefore(before, added), ...edits] : edits);
  }

  #insertBefore({ yaml: { document } }: ReadDocument, added: readonly object[]): TextEdit {
    const [start] = document.range;
    const text = added.map((object) => `---\n${stringify(object, { lineWidth: 0 })}`).join("");
    // the first document may have no marker
    const isMarked = this.#text.startsWith("---", start);
    return { start, end: start, text: isMarked ? text : `${text}---\n` };
  }
}

interface TextEdit {
  /** the replaced part, from `start` to before `end` */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits that do not overlap. */
function applyEdits(source: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    parts.push(source.slice(at, start), text);
    at = end;
  }
  parts.push(source.slice(at));
  return parts.join("");
}
