// The mutants follow the engine: a text that it no longer has would be found in the nightly run only.
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
