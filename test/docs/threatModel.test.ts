// The threat model names existing tests and policies.
import assert from "node:assert/strict";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";

const page = await readFile(join(REPOSITORY_ROOT, "docs/threat-model.md"), "utf8");
const base = await Promise.all(
  (await readdir(join(REPOSITORY_ROOT, "manifests/base"))).map((name) =>
    readFile(join(REPOSITORY_ROOT, "manifests/base", name), "utf8"),
  ),
);

describe("the threat model", () => {
  it("names every policy of the base", () => {
    const policies = base
      .flatMap((text) => text.split("\n---\n"))
      .filter((text) => /^kind: ValidatingAdmissionPolicy$/m.test(text))
      .map((text) => /^metadata: \{name: (\S+)\}$/m.exec(text)?.[1] ?? "");
    assert.equal(policies.length, 6);
    for (const name of policies) assert.ok(page.includes(`| \`${name}\` |`), name);
  });

  it("names an existing test for each finding", async () => {
    const table = page.split("| finding | was | test |")[1]?.split("\n").slice(2) ?? [];
    const rows = table.filter((line) => line.startsWith("| "));
    assert.ok(rows.length >= 19, String(rows.length));
    for (const row of rows) {
      const paths = [...(row.split(" | ")[2] ?? "").matchAll(/(?:^|; )([a-z]\w*(?:\/[-.\w]+)+)/g)].map(
        ([, path]) => path ?? "",
      );
      assert.ok(paths.length > 0, row);
      for (const path of paths) await access(join(REPOSITORY_ROOT, "test", resolveTestFile(path)));
    }
  });
});

/** `scaleDown/cases` is a folder of cases; `policies/webhook.real` is a file without the suffix .test. */
function resolveTestFile(path: string): string {
  if (path.endsWith("/cases")) return path;
  return path.endsWith(".real") ? `${path}.ts` : `${path}.test.ts`;
}
