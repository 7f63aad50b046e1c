// The import rules take effect: the tool reports violations. That the sources have none is checked by `npm run
// check:layers`, which the gate runs.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";

/** Files that break rules, by folder: what each imports. */
const INTRUDERS: Readonly<Record<string, readonly string[]>> = {
  "webhook/mutation": ["node:fs", "../server/log.ts", "../../presets/otobo/codes.ts"],
  "init/engine": ["@aws-sdk/client-s3", "../world/openObjects.ts"],
  "init/commands": ["../../presets/ozone-om/runner/ready.ts"],
  "presets/otobo/webhook": ["../../ozone-om/codes.ts", "../runner/steps.ts", "node:fs"],
  "presets/otobo/contract": ["../profile/schema.ts"],
  "presets/ozone-om/runner": ["../../../init/world/files.ts", "../webhook/env.ts"],
};

/** What the tool reports of sources and intruders, as "FOLDER RULE TARGET". */
async function findViolations(): Promise<string[]> {
  const files = Object.entries(INTRUDERS).map(([folder, targets]) => ({
    path: join(REPOSITORY_ROOT, folder, "intruder.test-only.ts"),
    text: targets.map((target) => `import "${target}";\n`).join(""),
  }));
  const argv = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", "webhook", "init", "presets"];
  try {
    for (const { path, text } of files) await writeFile(path, text);
    const { stdout } = await runProgram(join(REPOSITORY_ROOT, "node_modules/.bin/depcruise"), argv);
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { rule: { name: string }; from: string; to: string }[] };
    };
    return summary.violations.map(({ rule, from, to }) => `${dirname(from)} ${rule.name} ${to}`);
  } finally {
    for (const { path } of files) await rm(path, { force: true });
  }
}

describe("an import", () => {
  let found: string[];
  before(async function () {
    this.timeout(120_000);
    found = await findViolations();
  });

  const isReported = (violation: string): void =>
    assert.ok(found.includes(violation), `${violation} is not among\n${found.join("\n")}`);

  it("of input or output into a pure module is rejected", () => {
    isReported("webhook/mutation decisions-are-pure fs");
    isReported("webhook/mutation decisions-are-pure webhook/server/log.ts");
    isReported("init/engine engine-knows-only-its-ports init/world/openObjects.ts");
    isReported("init/engine s3-client-is-loaded-late init/world/openObjects.ts");
    assert.ok(
      found.some((line) => line.startsWith("init/engine s3-client-in-the-world-only ")),
      found.join("\n"),
    );
  });

  it("between core and presets, between presets, or of another layer's internals is rejected", () => {
    isReported("webhook/mutation core-names-no-preset presets/otobo/codes.ts");
    isReported("init/commands core-names-no-preset presets/ozone-om/runner/ready.ts");
    isReported("init/commands presets-are-loaded-late presets/ozone-om/runner/ready.ts");
    isReported("presets/otobo/webhook presets-are-strangers presets/ozone-om/codes.ts");
    isReported("presets/otobo/webhook webhook-knows-of-init-only-its-contract presets/otobo/runner/steps.ts");
    isReported("presets/otobo/webhook decisions-are-pure fs");
    isReported("presets/otobo/contract contract-is-the-bottom presets/otobo/profile/schema.ts");
    isReported("presets/ozone-om/runner members-know-only-their-ports init/world/files.ts");
    isReported("presets/ozone-om/runner init-stands-alone presets/ozone-om/webhook/env.ts");
  });
});
