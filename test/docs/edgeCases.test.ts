// docs/edge-cases.md names cases that exist.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../cli/cli.ts";
import { readCases } from "../mutation/caseFile.ts";

describe("the table of edge cases", () => {
  it("names cases that exist", async () => {
    const text = await readFile(join(ROOT, "docs/edge-cases.md"), "utf8");

    const named = [...text.matchAll(/^\|[^|]+\|[^|]+\| ([^|]+) \|$/gm)]
      .slice(1)
      .flatMap(([, cell = ""]) => cell.split(", "))
      .filter((name) => !/^(test\/|e2e )/.test(name));
    assert.ok(named.length > 20, `only ${named.length} cases are named`);
    const there = new Set((await readCases()).map(({ name }) => name));
    assert.deepEqual(
      named.filter((name) => !there.has(name)),
      [],
    );
  });
});
