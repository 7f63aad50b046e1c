// Generated documents are up to date.
import assert from "node:assert/strict";
import { DOCUMENTS, readDocument } from "../../build/docs.ts";

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
