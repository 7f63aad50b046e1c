// The decision table, row by row.
import assert from "node:assert/strict";
import { decideMember } from "../../../presets/ozone-om/runner/decideMember.ts";
import { CUT_OFF } from "./table/cutOff.ts";
import { LEADERLESS, SEEDS } from "./table/leaderless.ts";
import { FATAL, LED } from "./table/led.ts";

const ROWS = [...FATAL, ...LED, ...LEADERLESS, ...SEEDS, ...CUT_OFF];

describe("the decision of an Ozone Manager", () => {
  for (const { shows, observation, decision, says } of ROWS) {
    it(`${shows}: ${decision}`, () => {
      const decided = decideMember(observation);
      assert.equal(decided.do, decision, JSON.stringify(decided));
      const words = "for" in decided ? decided.for : "why" in decided ? decided.why : JSON.stringify(decided);
      assert.ok(words.includes(says), words);
    });
  }

  it("has a row for every decision", () => {
    const decided = new Set(ROWS.map(({ decision }) => decision));
    assert.deepEqual([...decided].sort(), [
      "bootstrap",
      "fatal",
      "finish",
      "seed",
      "start",
      "state-lost",
      "wait",
    ]);
  });
});
