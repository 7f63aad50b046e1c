// Every `sh` and `yaml` block of the documentation says behind its language how it is checked, and those that need
// no cluster are executed as they stand:
//   sh run [exit=N]               here, in a folder of the page's own; must exit 0, or N
//   sh run=FILE                   by that test
//   sh run=cluster                on a cluster, by test/e2e/suites/docs.e2e.ts
//   sh not-run="REASON"           not here
//   yaml run [file=NAME]          parsed; profiles are validated; written to that file for the sh blocks after it
//   yaml not-run="REASON"         such as an excerpt
//   text output                   lines that the sh block before it prints
// A page's folder has manifests/ of this checkout, and its shell finds the command `rollcall`.
import assert from "node:assert/strict";
import { access, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { CLI } from "../programs.ts";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";
import { loadOrThrow } from "../webhook/profiles/faults.ts";
import { type CodeBlock, findCodeBlocks, listMarkdown, readPage } from "./markdown.ts";

const CHECKED_LANGUAGES = ["sh", "yaml"];
const KNOWN_MARKS = ["run", "not-run", "file", "exit"];
const OUTPUT_LANGUAGE = "text";
/** Generated from test cases; the blocks are messages. */
const GENERATED = ["docs/denials.md"];
const BLOCK_TIMEOUT_MS = 30_000;

const pages = (await listMarkdown()).filter((page) => !GENERATED.includes(page));
const all = (await Promise.all(pages.map(async (page) => findCodeBlocks(page, await readPage(page))))).flat();
const blocks = all.filter(({ language }) => CHECKED_LANGUAGES.includes(language));

const formatPlace = ({ page, line }: CodeBlock): string => `${page}:${line}`;

/** What is wrong with the marks of a block; null if nothing is. */
function markFault(block: CodeBlock): string | null {
  const { marks, language } = block;
  const unknown = [...marks.keys()].find((name) => !KNOWN_MARKS.includes(name));
  if (unknown !== undefined) return `unknown mark ${unknown}`;
  if (marks.has("run") === marks.has("not-run")) return 'mark it with either run or not-run="REASON"';
  if ((marks.get("not-run") ?? "a reason").split(" ").length < 2) return "not-run needs a reason in words";
  const file = marks.get("file");
  if (file !== undefined && (language !== "yaml" || !/^[-.a-z0-9]+(\/[-.a-z0-9]+)*$/i.test(file)))
    return "file=NAME is for yaml, and a path below the page's folder";
  return null;
}

/** Whether the block is executed here. */
const isRunHere = ({ marks }: CodeBlock): boolean => marks.get("run") === "";

/** The lines that a page shows as the output of a block that is executed here. */
function expectedLines(block: CodeBlock): string[] {
  const next = all[all.indexOf(block) + 1];
  const isItsOutput =
    next?.page === block.page && next.language === OUTPUT_LANGUAGE && next.marks.has("output");
  return isItsOutput ? next.text.split("\n").filter((line) => line.trim() !== "") : [];
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-docs-"));
  await cp(join(REPOSITORY_ROOT, "manifests"), join(folder, "manifests"), { recursive: true });
  await mkdir(join(folder, "bin"));
  const script = `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`;
  await writeFile(join(folder, "bin/rollcall"), script, { mode: 0o755 });
  return folder;
}

async function runYaml({ text, marks }: CodeBlock, folder: string): Promise<void> {
  const documents = parseAllDocuments(text);
  assert.ok(Array.isArray(documents) && documents.length > 0, "no document");
  for (const { errors, warnings } of documents) assert.deepEqual([...errors, ...warnings], []);
  if (/^kind: RollcallProfile$/m.test(text)) loadOrThrow(text);
  const file = marks.get("file");
  if (file !== undefined) await writeFile(join(folder, file), text);
}

async function runShell(block: CodeBlock, folder: string): Promise<void> {
  const { text, marks } = block;
  const path = `${join(folder, "bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const observation = await runProgram("bash", ["-eu", "-o", "pipefail", "-c", text], {
    cwd: folder,
    env: { ...process.env, PATH: path, TMPDIR: folder },
    timeoutMs: BLOCK_TIMEOUT_MS,
  });
  assert.equal(
    observation.code,
    Number(marks.get("exit") ?? 0),
    `${text}\n${observation.stdout}${observation.stderr}`,
  );
  const printed = `${observation.stdout}\n${observation.stderr}`.split("\n");
  for (const line of expectedLines(block))
    assert.ok(printed.includes(line), `it does not print ${JSON.stringify(line)} but\n${printed.join("\n")}`);
}

describe("code blocks", () => {
  it("are read with their marks", () => {
    const text = 'x\n```sh run=cluster not-run="two words"\na\n```\n- ```yaml\n';
    assert.deepEqual(findCodeBlocks("p", text)[0], {
      page: "p",
      line: 2,
      language: "sh",
      marks: new Map([
        ["run", "cluster"],
        ["not-run", "two words"],
      ]),
      text: "a\n",
    });
    const [block] = findCodeBlocks("p", "```sh\na\n```");
    assert.ok(block !== undefined && markFault(block) !== null, "a block without a mark passes");
  });

  it("of sh and yaml are marked", () => {
    assert.ok(blocks.length > 20, `only ${blocks.length} blocks were found`);
    const faults = blocks.flatMap((block) => {
      const fault = markFault(block);
      return fault === null ? [] : [`${formatPlace(block)}: ${fault}`];
    });
    assert.deepEqual(faults, []);
  });

  it("of output follow a block that is executed here", () => {
    const strays = all.filter((block, index) => {
      const before = all[index - 1];
      const isFollowing = before?.page === block.page && before.language === "sh" && isRunHere(before);
      return block.marks.has("output") && !isFollowing;
    });
    assert.deepEqual(strays.map(formatPlace), []);
  });

  it("that other tests execute name an existing test", async () => {
    const others = new Set(blocks.map(({ marks }) => marks.get("run") ?? "").filter((by) => by !== ""));
    for (const by of others) {
      if (by === "cluster") continue;
      assert.match(by, /^test\/.+\.(test|e2e)\.ts$/);
      await access(join(REPOSITORY_ROOT, by));
    }
  });

  for (const page of new Set(blocks.filter(isRunHere).map((block) => block.page))) {
    describe(`of ${page}`, () => {
      let folder: string;
      before(async () => {
        folder = await makeFolder();
      });
      after(() => rm(folder, { recursive: true, force: true }));

      for (const block of blocks.filter((each) => each.page === page && isRunHere(each))) {
        const [first = ""] = block.text.split("\n");
        it(`can be followed: line ${block.line}, ${first.slice(0, 60)}`, () =>
          block.language === "yaml" ? runYaml(block, folder) : runShell(block, folder));
      }
    });
  }
});
