// Templates of a profile, such as "{podName}.{serviceName}". The placeholders are a fixed list; "{{" is a literal brace.

import { shorten } from "../kubernetes/shorten.ts";

/** Every placeholder, and whether its value differs between the pods of a StatefulSet. */
const TABLE = {
  podName: { isPerPod: true },
  ordinal: { isPerPod: true },
  nodeID: { isPerPod: true },
  namespace: { isPerPod: false },
  serviceName: { isPerPod: false },
  statefulSet: { isPerPod: false },
  image: { isPerPod: false },
};

export type Placeholder = keyof typeof TABLE;

export const PLACEHOLDERS = Object.keys(TABLE) as readonly Placeholder[];

/** A parsed template: literal text and placeholders in order. */
export type Template = readonly (string | { placeholder: Placeholder })[];

/**
 * Placeholders and "{{" together. A placeholder of nine characters may expand to a name of 253, and the whole plan of a
 * pod must fit into an API object.
 */
const MAX_PARTS = 4096;

type Part = Template[number];

export function parseTemplate(text: string): { template: Template } | { fault: string } {
  const parts: Part[] = [];
  let found = 0;
  for (const [piece, name] of text.matchAll(/\{\{|\{([^{}]*)\}|\{|[^{]+/g)) {
    if (piece.startsWith("{")) found += 1;
    if (found > MAX_PARTS) return { fault: `more than ${MAX_PARTS} placeholders and braces in one text` };
    const part = parsePiece(piece, name);
    if (part === null) {
      const start = JSON.stringify(shorten(text, 80));
      return { fault: `unclosed brace in ${start}; write "{{" for a literal brace` };
    }
    if (typeof part === "object" && "fault" in part) return part;
    parts.push(part);
  }
  return { template: parts };
}

/** @param name the text between braces @returns null: an unclosed brace */
function parsePiece(piece: string, name: string | undefined): Part | { fault: string } | null {
  if (name !== undefined) {
    const placeholder = PLACEHOLDERS.find((known) => known === name);
    if (placeholder !== undefined) return { placeholder };
    const known = PLACEHOLDERS.join(", ");
    return {
      fault: `unknown placeholder {${shorten(name)}}; known are ${known}; write "{{" for a literal brace`,
    };
  }
  if (piece === "{") return null;
  return piece === "{{" ? "{" : piece;
}

/** The first placeholder whose value differs between pods; null: there is none, or the text does not parse. */
export function findPerPod(text: string): Placeholder | null {
  const parsed = parseTemplate(text);
  if ("fault" in parsed) return null;
  for (const part of parsed.template) {
    if (typeof part === "object" && TABLE[part.placeholder].isPerPod) return part.placeholder;
  }
  return null;
}

/** Replaces the placeholders of a template by values. */
export function fill(template: Template, values: Readonly<Record<Placeholder, string>>): string {
  let text = "";
  for (const part of template) text += typeof part === "string" ? part : values[part.placeholder];
  return text;
}

/** Parses a template that the schema has accepted. */
export function compileTemplate(text: string): Template {
  const parsed = parseTemplate(text);
  if ("fault" in parsed) throw new Error(parsed.fault);
  return parsed.template;
}
