// Templates of a profile: "{podName}.{serviceName}" with placeholders from a fixed list; "{{" is a brace.

export const PLACEHOLDERS = [
  "podName",
  "ordinal",
  "nodeId",
  "namespace",
  "serviceName",
  "statefulSet",
  "image",
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

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

const OF_ONE_POD: ReadonlySet<Placeholder> = new Set(["podName", "ordinal", "nodeId"]);

/** The first placeholder that is another in each pod of a set; null also where the text does not parse. */
export function placeholderOfOnePod(text: string): Placeholder | null {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) return null;
  const own = parsed.template.find((part) => typeof part === "object" && OF_ONE_POD.has(part.placeholder));
  return typeof own === "object" ? own.placeholder : null;
}

/** Fills a template in. */
export function fill(template: Template, values: Readonly<Record<Placeholder, string>>): string {
  return template.map((part) => (typeof part === "string" ? part : values[part.placeholder])).join("");
}
