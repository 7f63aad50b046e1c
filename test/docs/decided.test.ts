// The table of what was decided on purpose names cases that are there.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../webhook/cli/cli.ts";
import { readCases } from "../webhook/mutation/caseFile.ts";

describe("the table of what was decided on purpose", () => {
  it("names cases that are there", async () => {
    const text = await readFile(join(ROOT, "webhook/README.md"), "utf8");
    const [, table = ""] = text.split("## Decided on purpose");
    const named = [...table.matchAll(/^\|[^|]+\|[^|]+\| ([^|]+) \|$/gm)]
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
