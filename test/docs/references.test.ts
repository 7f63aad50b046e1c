// References in comments, such as docs/research/ozone.md#quorum, lead to files and headings that exist.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { findAnchors, readPage } from "./markdown.ts";

const SOURCES = [
  "*.ts",
  "*.c",
  "*.cjs",
  "*.yaml",
  "*.pl",
  "*.pm",
  "*.xml",
  "test/presets/ozone-om/cluster/image/files/*",
];

const REFERENCE = /\bdocs\/[-\w/]+\.md(#[-\w]+)?/g;

const files = execFileSync("git", ["ls-files", ...SOURCES], { cwd: REPOSITORY_ROOT, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && !/^test\/(docs|structure\/names)\//.test(path));

/** Every reference in the sources, and the files that contain it. */
async function findReferences(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const path of files) {
    const text = await readFile(join(REPOSITORY_ROOT, path), "utf8");
    for (const [target] of text.matchAll(REFERENCE)) found.set(target, [...(found.get(target) ?? []), path]);
  }
  return found;
}

async function resolves(target: string): Promise<boolean> {
  const [page = "", anchor] = target.split("#");
  if (!existsSync(join(REPOSITORY_ROOT, page))) return false;
  return anchor === undefined || findAnchors(await readPage(page)).has(anchor);
}

describe("references in comments", () => {
  it("point to existing files and headings", async () => {
    const references = await findReferences();
    assert.ok(references.size > 50, `only ${references.size} references were found`);
    const broken: string[] = [];
    for (const [target, paths] of references)
      if (!(await resolves(target))) broken.push(`${target} in ${paths.join(", ")}`);
    assert.deepEqual(broken, []);
  });

  it("name no document outside the repository", async () => {
    const foreign: string[] = [];
    for (const path of files) {
      const text = await readFile(join(REPOSITORY_ROOT, path), "utf8");
      if (/\bDESIGN\b|\bfacts\/[a-z]+\.md/.test(text)) foreign.push(path);
    }
    assert.deepEqual(foreign, []);
  });
});
