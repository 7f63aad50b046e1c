// What docs/recipes.md names exists: files, commands, and identifiers in the files that the same recipe names.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import ts from "typescript";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { findCodeBlocks, readPage } from "./markdown.ts";

const PAGE = "docs/recipes.md";

/** Commands of the programs themselves; test/docs/blocks.test.ts and the tests of the CLI run them. */
const COMMANDS = /^(rollcall|kubectl) /;
const PLACEHOLDER = "NAME";
const WORD = /[A-Za-z_$][\w$]*/g;

interface Recipe {
  readonly title: string;
  readonly text: string;
}

/** The parts of a page, by their headings. */
const splitRecipes = (text: string): Recipe[] =>
  text
    .split(/^## /m)
    .slice(1)
    .map((part) => ({ title: part.split("\n")[0] ?? "", text: part }));

/** Code in prose and in blocks, without the fences. */
function findCode(text: string): string[] {
  const blocks = findCodeBlocks(PAGE, text).map((block) => block.text);
  const prose = text.replace(/^ *```[\s\S]*?^ *```/gm, "");
  return [...[...prose.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code), ...blocks];
}

const isPath = (code: string): boolean => /^[\w.-]+(\/[\w.-]+)*(\/|\.(ts|yaml|md|json))$/.test(code);

/** Identifiers of a TypeScript file, and words of any other: not those of comments and strings. */
async function readWords(path: string): Promise<Set<string>> {
  const text = await readFile(join(REPOSITORY_ROOT, path), "utf8");
  if (!path.endsWith(".ts")) return new Set(text.match(WORD));
  const found = new Set(["null"]);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found;
}

/** Why a command cannot be run; null: it can. */
async function explainCommand(command: string): Promise<string | null> {
  const [, script = "", rest = ""] = /^npm (?:run )?(\S+)(?: -- (.*))?$/.exec(command) ?? [];
  const { scripts } = JSON.parse(await readPage("package.json")) as { scripts: Record<string, string> };
  if (!(script in scripts)) return `package.json has no script of "${command}"`;
  const tests = await Array.fromAsync(glob("test/**/*.test.ts", { cwd: REPOSITORY_ROOT }));
  const idle = rest.split(" ").find((pattern) => !tests.some((path) => path.includes(pattern)));
  return idle === undefined ? null : `no test's path has ${idle} of "${command}"`;
}

/** Why a path leads nowhere; null: it exists, or the folder of a new file does. */
function explainPath(path: string): string | null {
  const target = basename(path).startsWith(`${PLACEHOLDER}.`) ? dirname(path) : path;
  return existsSync(join(REPOSITORY_ROOT, target)) ? null : `there is no ${target}`;
}

/** Why code names something that does not exist, once for each word. @param words of the files that the recipe names */
async function explainCode(code: string, words: ReadonlySet<string>): Promise<(string | null)[]> {
  if (code.startsWith("npm ")) return [await explainCommand(code)];
  const unknown = [...code.matchAll(WORD)].filter(([word]) => !words.has(word));
  return unknown.map(([word]) => `no file that it names has ${word}`);
}

/** What a recipe names that does not exist. */
async function findFaults({ title, text }: Recipe): Promise<string[]> {
  const all = findCode(text).filter((each) => !COMMANDS.test(each));
  const { paths = [], code = [] } = Object.groupBy(all, (each) => (isPath(each) ? "paths" : "code"));
  const files = paths.filter((path) => /\.\w+$/.test(path) && existsSync(join(REPOSITORY_ROOT, path)));
  const words = new Set((await Promise.all(files.map(readWords))).flatMap((each) => [...each]));
  const faults = [
    ...paths.map(explainPath),
    ...(await Promise.all(code.map((each) => explainCode(each, words)))).flat(),
  ];
  return faults.flatMap((fault) => (fault === null ? [] : [`${title}: ${fault}`]));
}

describe("the recipes", () => {
  it("name only files, commands and identifiers that exist", async () => {
    const recipes = splitRecipes(await readPage(PAGE));
    assert.ok(recipes.length >= 5, `only ${recipes.length} recipes are found`);
    const named = recipes.flatMap(({ text }) => findCode(text));
    assert.ok(named.filter(isPath).length > 20, named.join(", "));
    assert.ok(named.filter((each) => !isPath(each)).length > 15, named.join(", "));
    assert.deepEqual((await Promise.all(recipes.map(findFaults))).flat(), []);
  });

  it("are found wrong where something does not exist", async () => {
    const wrong = `a
Write \`webhook/scaleDown/rules/NAME.ts\` and \`webhook/scaleDown/rules/none/NAME.ts\` with \`rule({…})\` and \`defineRule\`
of \`webhook/scaleDown/rule.ts\`, \`evaluate\` and \`decide\`; see \`docs/none.md\`. \`rollcall check\`, \`npm run docs\`,
\`npm run none\`, \`npm test -- scaleDown nowhere\`.

\`\`\`ts
defineRule({ concerns });
\`\`\`
`;
    assert.deepEqual(await findFaults({ title: "a", text: wrong }), [
      "a: there is no webhook/scaleDown/rules/none",
      "a: there is no docs/none.md",
      "a: no file that it names has rule",
      "a: no file that it names has decide",
      'a: package.json has no script of "npm run none"',
      `a: no test's path has nowhere of "npm test -- scaleDown nowhere"`,
      "a: no file that it names has concerns",
    ]);
  });
});
