// The file with every denial is that of the rules as they are, and every rule is in it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { DENIALS, denialsFile } from "../../build/denials.ts";
import { BRAKE_RULES } from "../../webhook/guard/brake/rules.ts";
import { GUARD_CODES } from "../../webhook/guard/codes.ts";

/** No denials of a case: one is answered before any change is known, one is no denial, and two are of pods. */
const NOT_OF_A_CASE = ["change-unreadable", "override-used", ...BRAKE_RULES.map(({ name }) => name)];

describe("webhook/guard/DENIALS.md", () => {
  it("is current", async () => {
    assert.equal(await readFile(DENIALS, "utf8"), await denialsFile(), "run: node build/denials.ts");
  });

  it("has every rule", async () => {
    const text = await readFile(DENIALS, "utf8");
    const told = [...text.matchAll(/^## (RC\d+) (\S+)$/gm)].map(([, code, rule]) => `${code} ${rule}`);
    const all = Object.entries(GUARD_CODES)
      .filter(([rule]) => !NOT_OF_A_CASE.includes(rule))
      .map(([rule, { code }]) => `${code} ${rule}`);
    assert.deepEqual(told, all);
  });
});
