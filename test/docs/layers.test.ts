// The arrows between the rooms are really looked at: the tool must have read the sources, and must object.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, runProgram } from "../cli/cli.ts";

const cruise = (...more: string[]) =>
  runProgram(join(ROOT, "node_modules/.bin/depcruise"), [
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "json",
    "webhook",
    "init",
    ...more,
  ]);

describe("the arrows between rooms", () => {
  it("are checked on all the sources, and hold", async () => {
    const { summary } = JSON.parse((await cruise()).stdout) as {
      summary: { totalCruised: number; error: number };
    };
    assert.ok(summary.totalCruised > 60, `only ${summary.totalCruised} modules were read`);
    assert.equal(summary.error, 0);
  });

  it("are refused where pure rooms reach for the world", async () => {
    const intruder = join(ROOT, "webhook/inject/intruder.test-only.ts");
    const inEngine = join(ROOT, "init/engine/intruder.test-only.ts");
    await writeFile(intruder, 'import "node:fs";\nimport "../server/log.ts";\n');
    await writeFile(inEngine, 'import "@aws-sdk/client-s3";\nimport "../world/objects.ts";\n');
    try {
      const { stdout } = await cruise();
      const { summary } = JSON.parse(stdout) as {
        summary: { violations: { rule: { name: string }; to: string }[] };
      };
      const found = summary.violations.map(({ rule, to }) => `${rule.name} ${to}`);
      assert.ok(found.includes("decisions-are-pure fs"), found.join("\n"));
      assert.ok(found.includes("decisions-are-pure webhook/server/log.ts"), found.join("\n"));
      for (const rule of ["engine-knows-only-its-ports", "s3-client-is-loaded-late"])
        assert.ok(found.includes(`${rule} init/world/objects.ts`), found.join("\n"));
      assert.ok(
        found.some((line) => line.startsWith("s3-client-in-the-world-only ")),
        found.join("\n"),
      );
    } finally {
      await rm(intruder);
      await rm(inEngine);
    }
  });
});
