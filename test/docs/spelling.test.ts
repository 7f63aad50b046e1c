// The spell checker reads pages, comments and messages: misspelt words of each are found.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";

const CSPELL = join(REPOSITORY_ROOT, "node_modules/cspell/bin.mjs");
const CONFIG = ["cspell.config.yaml", "build/words.txt"];

/** By file: a text, and its words that must be reported. */
const EXPECTED = {
  "docs/page.md": ["A sentense of Rollcall. `cde`\n\n```sh\nunknwn\n```\n", "sentense"],
  "webhook/file.ts": ['// a coment\nexport const nosuchname = "a mesage";\n', "coment mesage"],
  // the strings of tests are data
  "test/file.ts": ['// a coment\nexport const a = "paht";\n', "coment"],
  "manifests/base/file.yaml": ["# a coment\nkind: Sservice\n", "coment"],
  "build/codes.yaml": ["RC001:\n  remedy: Retri it.\n", "Retri"],
} as const;

describe("the spell checker", () => {
  it("checks pages, comments, messages and remedies, but no code", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-spelling-"));
    try {
      for (const path of CONFIG) await cp(join(REPOSITORY_ROOT, path), join(folder, path));
      for (const [path, [text]] of Object.entries(EXPECTED)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
      const words = ["--no-progress", "--no-summary", "--no-cache", "--root", folder];
      const observation = await runProgram(process.execPath, [CSPELL, ...words], { cwd: folder });
      const found = Object.groupBy(
        [...observation.stdout.matchAll(/^(?:\.\/)?(\S+?):\d+:\d+ - Unknown word \((\S+?)\)/gm)],
        ([, path = ""]) => path,
      );
      const listed = Object.entries(found).map(([path, words = []]) => [
        path,
        words.map(([, , word]) => word).join(" "),
      ]);
      const expected = Object.entries(EXPECTED).map(([path, [, words]]) => [path, words]);
      assert.deepEqual(
        Object.fromEntries(listed),
        Object.fromEntries(expected),
        observation.stdout + observation.stderr,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }).timeout(60_000);
});
