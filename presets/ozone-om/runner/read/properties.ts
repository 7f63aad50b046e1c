// Java Properties, as Ozone writes VERSION and Ratis raft-meta (docs/research/ozone.md#files-on-the-volume): comments,
// `=` or `:` or a blank behind the key, backslash escapes, lines that go on.

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

/** The keys and values of a Properties text; of a key that stands there twice the last one counts. */
export function readProperties(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [key, value] = split(line);
    found.set(unescaped(key), unescaped(value));
  }
  return found;
}

/** Lines without comments and blank ones; one that ends in an odd number of backslashes goes on in the next. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open = "";
  for (const natural of text.split(/\r\n|\n|\r/)) {
    const line = natural.replace(/^[ \t\f]+/, "");
    if (open === "" && (line === "" || /^[#!]/.test(line))) continue;
    const goesOn = slashesAtEnd(line) % 2 === 1;
    open += goesOn ? line.slice(0, -1) : line;
    if (goesOn) continue;
    lines.push(open);
    open = "";
  }
  return open === "" ? lines : [...lines, open];
}

/** Counted, since the pattern /\\*$/ takes the square of a row of them that stands in front of something else. */
function slashesAtEnd(line: string): number {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\\") end -= 1;
  return line.length - end;
}

/** At the first separator that is not escaped. */
function split(line: string): [key: string, value: string] {
  const key = /^(?:\\.|[^\\=:\s])*/.exec(line)?.[0] ?? "";
  return [key, line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "")];
}

const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_all, hex?: string, char = "") =>
    hex === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
