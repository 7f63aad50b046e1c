import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { CHECKOUT_ROOT } from "../e2e/harness/rollcall.ts";
import { explainSkipped, PARTS } from "./parts.ts";

describe("the parts of test:full", () => {
  it("have a name each, and a program that exists", async () => {
    const names = PARTS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { argv } of PARTS) await access(join(CHECKOUT_ROOT, argv[0] ?? ""));
  });

  it("are skipped without the variable that they need, and say what it names", () => {
    const parts = PARTS.filter(({ name }) => name.startsWith("ozone-chart"));
    assert.ok(parts.length > 0);
    for (const part of parts) {
      assert.match(explainSkipped(part, {}) ?? "", /^OZONE_CHART, the folder with Chart\.yaml/);
      assert.equal(explainSkipped(part, { OZONE_CHART: "/chart" }), null);
    }
    for (const part of PARTS.filter(({ needed }) => needed === undefined))
      assert.equal(explainSkipped(part, {}), null);
  });
});
