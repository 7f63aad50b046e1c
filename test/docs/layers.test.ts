// The import rules take effect: the tool has read all sources, and reports violations.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";

const cruise = (...more: string[]) =>
  runProgram(join(REPOSITORY_ROOT, "node_modules/.bin/depcruise"), [
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "json",
    "webhook",
    "init",
    "presets",
    ...more,
  ]);

/** The violations that these files would cause, as "RULE TARGET". */
async function findViolations(intruders: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const files = Object.entries(intruders).map(([folder, targets]) => ({
    path: join(REPOSITORY_ROOT, folder, "intruder.test-only.ts"),
    text: targets.map((target) => `import "${target}";\n`).join(""),
  }));
  try {
    for (const { path, text } of files) await writeFile(path, text);
    const { summary } = JSON.parse((await cruise()).stdout) as {
      summary: { violations: { rule: { name: string }; to: string }[] };
    };
    return summary.violations.map(({ rule, to }) => `${rule.name} ${to}`);
  } finally {
    for (const { path } of files) await rm(path, { force: true });
  }
}

describe("the imports between layers", () => {
  it("follow the rules in all sources", async () => {
    const { summary } = JSON.parse((await cruise()).stdout) as {
      summary: { totalCruised: number; error: number };
    };
    assert.ok(summary.totalCruised > 60, `only ${summary.totalCruised} modules were read`);
    assert.equal(summary.error, 0);
  });

  it("are rejected if a pure module does input or output", async () => {
    const found = await findViolations({
      "webhook/mutation": ["node:fs", "../server/log.ts"],
      "init/engine": ["@aws-sdk/client-s3", "../world/openObjects.ts"],
    });
    for (const violation of [
      "decisions-are-pure fs",
      "decisions-are-pure webhook/server/log.ts",
      "engine-knows-only-its-ports init/world/openObjects.ts",
      "s3-client-is-loaded-late init/world/openObjects.ts",
    ])
      assert.ok(found.includes(violation), `${violation} is not among\n${found.join("\n")}`);
    assert.ok(
      found.some((line) => line.startsWith("s3-client-in-the-world-only ")),
      found.join("\n"),
    );
  });

  it("are rejected between core and presets, between presets, and into another layer's internals", async () => {
    const found = await findViolations({
      "webhook/mutation": ["../../presets/otobo/codes.ts"],
      "init/commands": ["../../presets/ozone-om/runner/ready.ts"],
      "presets/otobo/webhook": ["../../ozone-om/codes.ts", "../runner/steps.ts", "node:fs"],
      "presets/otobo/contract": ["../profile/schema.ts"],
      "presets/ozone-om/runner": ["../../../init/world/files.ts", "../webhook/env.ts"],
    });
    for (const violation of [
      "core-names-no-preset presets/otobo/codes.ts",
      "core-names-no-preset presets/ozone-om/runner/ready.ts",
      "presets-are-loaded-late presets/ozone-om/runner/ready.ts",
      "presets-are-strangers presets/ozone-om/codes.ts",
      "webhook-knows-of-init-only-its-contract presets/otobo/runner/steps.ts",
      "decisions-are-pure fs",
      "contract-is-the-bottom presets/otobo/profile/schema.ts",
      "members-know-only-their-ports init/world/files.ts",
      "init-stands-alone presets/ozone-om/webhook/env.ts",
    ])
      assert.ok(found.includes(violation), `${violation} is not among\n${found.join("\n")}`);
  });
});
