// The mutants fit the engine: without this test, a text that the engine no longer has would only be noticed in the
// nightly run.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { MUTANTS } from "./mutantList.ts";

describe("a mutant of the engine", () => {
  for (const { without, file, from } of MUTANTS) {
    it(`without ${without} changes one place of ${file}`, async () => {
      const source = await readFile(new URL(`../../init/engine/${file}`, import.meta.url), "utf8");
      assert.equal(source.split(from).length - 1, 1, from);
    });
  }
});
