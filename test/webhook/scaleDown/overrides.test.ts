// Which reasons in the two annotations are valid: the placeholder in a denial's command is not.
import assert from "node:assert/strict";
import {
  MAINTENANCE,
  OVERRIDE,
  readMaintenance,
  readOverride,
} from "../../../webhook/scaleDown/overrides.ts";
import { NOW } from "./language/judge.ts";

const DEADLINE = "2026-01-01T13:00:00Z";

const PLACEHOLDERS = ["<reason>", "<why it must pass>", "REASON", "reason", " <reason> "];
const REASONS = [
  "volume lost, ticket 4711",
  "<b>lost</b> for good",
  "REASON: disk lost",
  "see <https://example.com/4711>",
];

describe("the reason of an annotation", () => {
  for (const reason of PLACEHOLDERS) {
    it(`is missing if it is the placeholder "${reason}"`, () => {
      const override = readOverride({ [OVERRIDE]: `${DEADLINE} ${reason}` }, NOW);
      assert.equal(override.is, "void");
      assert.deepEqual(readMaintenance({ [MAINTENANCE]: reason }), {
        wrong: `needs a reason, not the placeholder ${reason.trim()}`,
      });
    });
  }

  for (const reason of REASONS) {
    it(`counts: "${reason}"`, () => {
      assert.deepEqual(readOverride({ [OVERRIDE]: `${DEADLINE} ${reason}` }, NOW), {
        is: "valid",
        until: DEADLINE,
        reason,
      });
      assert.deepEqual(readMaintenance({ [MAINTENANCE]: reason }), { reason });
    });
  }

  it("is cut in the message if the placeholder is long", () => {
    const placeholder = `<${"x".repeat(100_000)}>`;
    const override = readOverride({ [OVERRIDE]: `${DEADLINE} ${placeholder}` }, NOW);
    assert.ok(override.is === "void" && override.why.length < 200, JSON.stringify(override).slice(0, 300));
    const maintenance = readMaintenance({ [MAINTENANCE]: placeholder });
    assert.ok(
      "wrong" in maintenance && maintenance.wrong.length < 200,
      JSON.stringify(maintenance).slice(0, 300),
    );
  });
});
