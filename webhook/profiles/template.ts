// Templates of a profile: "{podName}.{serviceName}" with placeholders from a fixed list; "{{" is a brace.

import { shorten } from "../kubernetes/shorten.ts";

/** Every placeholder, and whether its value differs from pod to pod of one StatefulSet. */
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

/** A parsed template: literal text and placeholders in turn. */
export type Template = readonly (string | { placeholder: Placeholder })[];

/**
 * Placeholders and "{{" together. A placeholder of nine characters can stand for a name of 253, and the whole plan of a
 * pod has to fit into an object of the API server.
 */
const MAX_PARTS = 4096;

type Part = Template[number];

/** Parses a template, or says which placeholder is unknown. */
export function parseTemplate(text: string): { template: Template } | { wrong: string } {
  const parts: Part[] = [];
  let found = 0;
  for (const [piece, name] of text.matchAll(/\{\{|\{([^{}]*)\}|\{|[^{]+/g)) {
    if (piece.startsWith("{")) found += 1;
    if (found > MAX_PARTS) return { wrong: `more than ${MAX_PARTS} placeholders and braces in one text` };
    const part = parsePiece(piece, name);
    if (part === null) {
      const start = JSON.stringify(shorten(text, 80));
      return { wrong: `a brace is left open in ${start}; "{{" writes a brace` };
    }
    if (typeof part === "object" && "wrong" in part) return part;
    parts.push(part);
  }
  return { template: parts };
}

/** @param name between braces @returns null for a brace that is left open */
function parsePiece(piece: string, name: string | undefined): Part | { wrong: string } | null {
  if (name !== undefined) {
    const placeholder = PLACEHOLDERS.find((known) => known === name);
    if (placeholder !== undefined) return { placeholder };
    const known = PLACEHOLDERS.join(", ");
    return { wrong: `unknown placeholder {${shorten(name)}}; known are ${known}; "{{" writes a brace` };
  }
  if (piece === "{") return null;
  return piece === "{{" ? "{" : piece;
}

/** The first placeholder whose value differs from pod to pod; null: all pods fill it in alike, or it does not parse. */
export function findPerPod(text: string): Placeholder | null {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) return null;
  for (const part of parsed.template) {
    if (typeof part === "object" && TABLE[part.placeholder].isPerPod) return part.placeholder;
  }
  return null;
}

/** Fills a template in. */
export function fill(template: Template, values: Readonly<Record<Placeholder, string>>): string {
  let text = "";
  for (const part of template) text += typeof part === "string" ? part : values[part.placeholder];
  return text;
}

/** The parts of a text that the schema has accepted. */
export function compileTemplate(text: string): Template {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) throw new Error(parsed.wrong);
  return parsed.template;
}
