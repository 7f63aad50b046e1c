// The parts of Markdown that the tests of the documentation read: code blocks, headings and links.
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";

export interface CodeBlock {
  readonly page: string;
  /** of the opening fence, from 1 */
  readonly line: number;
  readonly language: string;
  /** the words after the language, such as `run=cluster`; a flag without a value is "" */
  readonly marks: ReadonlyMap<string, string>;
  readonly text: string;
}

/** Paths of all Markdown files, from the root of the repository. */
export async function listMarkdown(): Promise<string[]> {
  const exclude = (path: string): boolean => /(^|\/)(node_modules|\.run|dist|\.git)(\/|$)/.test(path);
  return (await Array.fromAsync(glob("**/*.md", { cwd: REPOSITORY_ROOT, exclude }))).sort();
}

export const readPage = (page: string): Promise<string> => readFile(join(REPOSITORY_ROOT, page), "utf8");

const FENCE = /^( *)(`{3,}|~{3,})(.*)$/;

interface Line {
  readonly text: string;
  /** for code blocks: a fence that opens or closes one, or what is between them */
  readonly part: "prose" | "opening" | "code" | "closing";
}

function readLines(text: string): Line[] {
  let fence: string | null = null;
  return text.split("\n").map((line) => {
    const [, , marker = "", info = ""] = FENCE.exec(line) ?? [];
    if (fence === null) {
      if (marker === "") return { text: line, part: "prose" };
      fence = marker;
      return { text: line, part: "opening" };
    }
    if (!marker.startsWith(fence) || info.trim() !== "") return { text: line, part: "code" };
    fence = null;
    return { text: line, part: "closing" };
  });
}

/** The code blocks of a page, in order. */
export function findCodeBlocks(page: string, text: string): CodeBlock[] {
  const lines = readLines(text);
  return lines.flatMap(({ text: opening, part }, index) => {
    if (part !== "opening") return [];
    const [, indent = "", , info = ""] = FENCE.exec(opening) ?? [];
    const length = lines.slice(index + 1).findIndex((line) => line.part !== "code");
    const code = lines.slice(index + 1, length < 0 ? undefined : index + 1 + length);
    const body = code.map((line) =>
      line.text.startsWith(indent) ? line.text.slice(indent.length) : line.text,
    );
    return [{ page, line: index + 1, ...readInfo(info.trim()), text: `${body.join("\n")}\n` }];
  });
}

function readInfo(info: string): Pick<CodeBlock, "language" | "marks"> {
  const [language = "", ...rest] = info.split(" ");
  const marks = new Map<string, string>();
  for (const [, name = "", quoted, plain] of rest.join(" ").matchAll(/([-a-z]+)(?:=(?:"([^"]*)"|(\S+)))?/g))
    marks.set(name, quoted ?? plain ?? "");
  return { language, marks };
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** The inline links and images of a page. */
export function findLinks(text: string): Link[] {
  return readLines(text).flatMap(({ text: line, part }, index) => {
    const prose = part === "prose" ? line.replace(/`[^`]+`/g, "") : "";
    const links = [...prose.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)];
    return links.map(([, target = ""]) => ({ line: index + 1, target }));
  });
}

/** The anchors of a page's headings, as GitHub makes them. */
export function findAnchors(text: string): Set<string> {
  const anchors = new Set<string>();
  const counts = new Map<string, number>();
  for (const { text: line, part } of readLines(text)) {
    const [, heading] = /^#{1,6} +(.+?)(?: +#+)?$/.exec(line) ?? [];
    if (heading === undefined || part !== "prose") continue;
    const slug = slugify(heading);
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

function slugify(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
    .replaceAll(" ", "-");
}
