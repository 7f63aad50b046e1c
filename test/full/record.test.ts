// Rows of docs/test-runs.md.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PARTS } from "./parts.ts";
import { insertRun, readResult, TABLE_HEAD } from "./record.ts";

const ROOT = join(import.meta.dirname, "../..");
const RUN = {
  part: "sim",
  commit: "abc1234",
  date: new Date("2026-11-28T20:15:30Z"),
  machine: "Debian 12, 2 cores, 24 GiB",
  result: "3 passed, 0 failed",
  seconds: 725.4,
};

describe("docs/test-runs.md", () => {
  it("gets new rows above older ones", () => {
    const older = "| old | row |\n";
    const text = insertRun(`# Test runs\n\n${TABLE_HEAD}${older}\nThe end.\n`, RUN);
    const row =
      "| sim | abc1234 | 2026-11-28 20:15 | Debian 12, 2 cores, 24 GiB | 3 passed, 0 failed | 12 min 5 s |\n";
    assert.equal(text, `# Test runs\n\n${TABLE_HEAD}${row}${older}\nThe end.\n`);
  });

  it("keeps each cell in its column, whatever it contains", () => {
    assert.match(insertRun(TABLE_HEAD, { ...RUN, result: "a | b" }), /\| a \\\| b \| 12 min/);
  });

  it("is rejected without its table, with what is missing", () => {
    assert.throws(() => insertRun("# Test runs\n", RUN), /no table that begins with/);
  });

  it("contains the table that the runner looks for", () => {
    const document = readFileSync(join(ROOT, "docs/test-runs.md"), "utf8");
    assert.ok(document.includes(TABLE_HEAD));
  });
});

describe("the result of a part", () => {
  it("is the sum of its summary lines", () => {
    const output = "x\n3 passed, 0 failed\nmore\n2 passed, 1 failed, 4 skipped\n";
    assert.equal(readResult(output), "5 passed, 1 failed, 4 skipped");
  });

  it("is unknown if nothing was counted", () => assert.equal(readResult("done\n"), null));
});

describe("the parts of test:full", () => {
  for (const { name, argv, reason } of PARTS) {
    it(`have an existing program and a reason for not being in the gate: ${name}`, () => {
      assert.ok(existsSync(join(ROOT, argv[0] ?? "")), argv[0]);
      assert.notEqual(reason, "");
    });
  }

  it("have unique names", () => {
    assert.equal(new Set(PARTS.map(({ name }) => name)).size, PARTS.length);
  });
});
