// Generated documents are up to date, and one run of `npm run docs` is enough.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DOCUMENTS, readDocument } from "../../build/docs.ts";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";

/** What `npm run docs` reads. */
const SOURCES = [
  "build",
  "docs",
  "init",
  "manifests",
  "package.json",
  "presets",
  "README.md",
  "test",
  "webhook",
];

describe("a generated document", () => {
  for (const { path, build } of DOCUMENTS) {
    it(`is up to date: ${path}`, async () => {
      const now = await readDocument(path);
      // the texts are long; git shows the differences
      assert.ok(
        (await build()) === now,
        `${path} is not current: run \`npm run docs\`, and commit what it writes`,
      );
    });
  }
});

describe("npm run docs", () => {
  it("writes in one run what a second run leaves as it is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-generated-"));
    const write = async (): Promise<string> => {
      const { code, stdout, stderr } = await runProgram(process.execPath, [join(folder, "build/docs.ts")]);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    try {
      for (const each of SOURCES)
        await cp(join(REPOSITORY_ROOT, each), join(folder, each), { recursive: true });
      await symlink(join(REPOSITORY_ROOT, "node_modules"), join(folder, "node_modules"));
      // as before a denial, a code and a field of profiles were added: those without a place that must be kept
      const emptied = DOCUMENTS.map(({ path }) => path).filter((path) => /^docs\/|\/crd\.yaml$/.test(path));
      assert.equal(emptied.length, 5, emptied.join(", "));
      for (const path of emptied) await writeFile(join(folder, path), "");

      assert.equal([...(await write()).matchAll(/: written$/gm)].length, emptied.length);
      for (const { path } of DOCUMENTS)
        assert.ok(
          (await readFile(join(folder, path), "utf8")) === (await readDocument(path)),
          `${path} differs after one run`,
        );
      assert.doesNotMatch(await write(), /written/);
    } finally {
      await rm(folder, { recursive: true });
    }
  }).timeout(240_000);
});
