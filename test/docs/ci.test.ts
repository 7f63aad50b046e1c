// The workflow runs others' code as root: each action by its commit, with the tag that it was in a comment.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../cli/cli.ts";

describe("the workflow", () => {
  it("names every action by its commit", async () => {
    const text = await readFile(join(ROOT, ".github/workflows/ci.yaml"), "utf8");
    const used = text.split("\n").filter((line) => line.includes("uses:"));
    assert.ok(used.length > 0);
    for (const line of used) assert.match(line, /uses: [-\w]+\/[-\w]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});
