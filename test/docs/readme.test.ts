// The README is true: its commands run, its table is that of the programs, its files exist.
import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, runProgram } from "../webhook/cli/cli.ts";

const readme = await readFile(join(ROOT, "README.md"), "utf8");

describe("the README", () => {
  it("has each code once", () => {
    const codes = [...readme.matchAll(/^\| (RC\d+) /gm)].map(([, code]) => code);
    assert.ok(codes.length > 20);
    assert.equal(new Set(codes).size, codes.length, "a code is used twice");
  });

  it("links to files that are there", async () => {
    for (const [, target = ""] of readme.matchAll(/\]\(([^)#]+)\)/g)) await access(join(ROOT, target));
  });

  const offline = [...readme.matchAll(/^npx rollcall (.+?)(?:\s{2,}#.*)?$/gm)].map(([, words = ""]) => words);
  it("shows offline commands", () => assert.ok(offline.length >= 3));
  for (const words of offline) {
    it(`can be followed: rollcall ${words.slice(0, 40)}`, async () => {
      const seen = await runProgram("npx", ["--no", "rollcall", ...words.trim().split(/\s+/)]);
      assert.equal(seen.code, 0, seen.stderr);
    });
  }

  it("shows what npm run demo prints, and the demo ends with 0", async () => {
    const seen = await runProgram("npm", ["run", "--silent", "demo", "--", "--embedded"]);
    assert.equal(seen.code, 0, seen.stdout + seen.stderr);
    const table = /```\n(POD[\s\S]+?)```/.exec(readme)?.[1] ?? "no table";
    assert.ok(seen.stdout.includes(table.trim().replace(/^/gm, "   ")), seen.stdout);
    const warning = /^Warning: .*$/m.exec(readme)?.[0] ?? "no warning";
    assert.ok(seen.stdout.includes(warning));
  });
});
