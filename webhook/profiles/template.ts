// Templates of a profile: "{podName}.{serviceName}" with placeholders from a fixed list; "{{" is a brace.

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

/** Parses a template, or says which placeholder is unknown. */
export function parseTemplate(text: string): { template: Template } | { wrong: string } {
  const parts: (string | { placeholder: Placeholder })[] = [];
  const pieces = /\{\{|\{([^{}]*)\}|\{|[^{]+/g;
  for (const [piece, name] of text.matchAll(pieces)) {
    if (piece === "{{") parts.push("{");
    else if (name !== undefined) {
      const placeholder = PLACEHOLDERS.find((known) => known === name);
      if (placeholder === undefined) {
        return {
          wrong: `unknown placeholder {${name}}; known are ${PLACEHOLDERS.join(", ")}; "{{" writes a brace`,
        };
      }
      parts.push({ placeholder });
    } else if (piece === "{")
      return { wrong: `a brace is left open in ${JSON.stringify(text)}; "{{" writes a brace` };
    else parts.push(piece);
  }
  return { template: parts };
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
