// docs/profiles.md and docs/scale-down.md list exactly the existing types, placeholders and policies.
import assert from "node:assert/strict";
import { WEBHOOK_PRESETS } from "../../presets/webhook.ts";
import { POLICIES } from "../../webhook/profiles/scaleDown.ts";
import { PLACEHOLDERS } from "../../webhook/profiles/template.ts";
import { readPage } from "./markdown.ts";

const [profiles, scaleDown] = await Promise.all(["docs/profiles.md", "docs/scale-down.md"].map(readPage));

/** The first cells of the table below a heading, without backticks. */
function firstCells(page: string | undefined, heading: string): string[] {
  const section = page?.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = ""]) => cell);
}

describe("the pages for administrators", () => {
  it("list the types of profiles", () => {
    assert.deepEqual(
      firstCells(profiles, "Choose a type"),
      WEBHOOK_PRESETS.map(({ type }) => type),
    );
  });

  it("list the placeholders", () => {
    assert.deepEqual(
      firstCells(profiles, "Placeholders"),
      PLACEHOLDERS.map((name) => `{${name}}`),
    );
  });

  it("list the policies", () => {
    assert.deepEqual(firstCells(scaleDown, "Choose a policy"), Object.keys(POLICIES));
  });
});
