// A probe's output is parsed strictly, and OTOBO's own JSON::PP (2.27, in Kernel/cpan-lib) writes the plain size of an
// empty list as a string; Perl's own version, which the stand-in's tests use, does not.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../presets/otobo/runner/probes", import.meta.url));

describe("the probes of otobo", () => {
  it("give list sizes as sums, which every JSON::PP encodes as numbers", async () => {
    for (const name of await readdir(FOLDER)) {
      const text = await readFile(join(FOLDER, name), "utf8");
      assert.doesNotMatch(text, /=>\s*scalar\b/, name);
    }
  });
});
