// The workflows run third-party code as root, so each action is pinned to a commit, with its tag in a comment.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";

const FOLDER = join(REPOSITORY_ROOT, ".github/workflows");

const NAMES = await readdir(FOLDER);

describe("each workflow", () => {
  for (const name of NAMES) {
    it(`${name} pins every action to a commit`, async () => {
      const text = await readFile(join(FOLDER, name), "utf8");
      const used = text.split("\n").filter((line) => line.includes("uses:"));
      assert.ok(used.length > 0);
      for (const line of used)
        assert.match(line, /uses: [-\w]+\/[-\w]+@[0-9a-f]{40} # v\d+\.\d+\.\d+(, \d{4}-\d\d-\d\d)?$/);
    });
  }
});
