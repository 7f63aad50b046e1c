// Parses Java Properties, the format of Ozone's VERSION and Ratis' raft-meta
// (docs/research/ozone.md#files-on-the-volume): comments; `=`, `:` or a blank after the key; backslash escapes;
// continued lines.

/**
 * The largest file of a volume that is parsed, in bytes or characters. Ozone's take less than a KiB; a larger one would
 * keep the event loop from everything else.
 */
export const LARGEST_FILE = 128 * 1024;

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

/** Keys and values of a Properties text. The last entry of a repeated key counts. */
export function readProperties(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of splitLogicalLines(text)) {
    const [key, value] = split(line);
    found.set(decodeEscapes(key), decodeEscapes(value));
  }
  return found;
}

/** Skips comments and blank lines. A line that ends in an odd number of backslashes continues on the next. */
function splitLogicalLines(text: string): string[] {
  const lines: string[] = [];
  let open = "";
  for (const natural of text.split(/\r\n|\n|\r/)) {
    const line = natural.replace(/^[ \t\f]+/, "");
    if (open === "" && (line === "" || /^[#!]/.test(line))) continue;
    const isContinued = countTrailingBackslashes(line) % 2 === 1;
    open += isContinued ? line.slice(0, -1) : line;
    if (isContinued) continue;
    lines.push(open);
    open = "";
  }
  return open === "" ? lines : [...lines, open];
}

/** A loop, because the pattern /\\*$/ takes quadratic time on backslashes before another character. */
function countTrailingBackslashes(line: string): number {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\\") end -= 1;
  return line.length - end;
}

/** Splits at the first unescaped separator. */
function split(line: string): [key: string, value: string] {
  const key = /^(?:\\.|[^\\=:\s])*/.exec(line)?.[0] ?? "";
  return [key, line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "")];
}

const decodeEscapes = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_all, hex?: string, char = "") =>
    hex === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
