// docs/edge-cases.md names cases and tests that exist.
import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { readMutationCases } from "../webhook/mutation/caseFile.ts";

const text = await readFile(join(REPOSITORY_ROOT, "docs/edge-cases.md"), "utf8");
const named = [...text.matchAll(/^\|[^|]+\|[^|]+\| ([^|]+) \|$/gm)]
  .slice(1)
  .flatMap(([, cell = ""]) => cell.split(", "));

describe("the table of edge cases", () => {
  it("names cases that exist", async () => {
    const cases = named.filter((name) => !/^(test\/|e2e )/.test(name));
    assert.ok(cases.length > 20, `only ${cases.length} cases are named`);
    const known = new Set((await readMutationCases()).map(({ name }) => name));
    assert.deepEqual(
      cases.filter((name) => !known.has(name)),
      [],
    );
  });

  it("names tests that exist", async () => {
    const tests = named.filter((name) => /^test\/[^*]+$/.test(name));
    assert.ok(tests.length > 5, `only ${tests.length} tests are named`);
    for (const path of tests) await access(join(REPOSITORY_ROOT, `${path}.test.ts`));
  });
});
