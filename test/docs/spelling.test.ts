// The spell checker reads pages, comments and messages: misspelt words of each are found.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT, runProgram } from "../cli/cli.ts";

const CSPELL = join(ROOT, "node_modules/cspell/bin.mjs");

/** The words that the checker objects to in a text, as if it were this file's. */
async function findMisspelt(file: string, text: string): Promise<string[]> {
  const words = ["--no-progress", "--no-summary", "--words-only", `stdin://${join(ROOT, file)}`];
  const seen = await runProgram(process.execPath, [CSPELL, ...words], { input: text });
  assert.equal(seen.stderr, "");
  return seen.stdout.split("\n").filter((line) => line !== "");
}

const EXPECTED = [
  ["docs/page.md", "A sentense of Rollcall. `cde`\n\n```sh\nunknwn\n```\n", ["sentense"]],
  ["webhook/file.ts", '// a coment\nexport const nosuchname = "a mesage";\n', ["coment", "mesage"]],
  // the strings of tests are data
  ["test/file.ts", '// a coment\nexport const a = "paht";\n', ["coment"]],
  ["manifests/base/file.yaml", "# a coment\nkind: Sservice\n", ["coment"]],
  ["build/codes.yaml", "RC001:\n  remedy: Retri it.\n", ["Retri"]],
] as const;

describe("the spell checker", () => {
  it("reads pages, comments, messages and remedies, and no code", async () => {
    const found = await Promise.all(EXPECTED.map(([file, text]) => findMisspelt(file, text)));
    assert.deepEqual(
      found,
      EXPECTED.map(([, , words]) => words),
    );
  }).timeout(60_000);
});
