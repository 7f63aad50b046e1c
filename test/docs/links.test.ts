// Links between the Markdown files lead to files and headings that exist.
import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { findAnchors, findLinks, listMarkdown, readPage } from "./markdown.ts";

const PAGES = await listMarkdown();

/** Why a link is broken; null if it works, or leads out of the repository. */
async function whyBroken(page: string, target: string): Promise<string | null> {
  if (/^[a-z][-+.a-z0-9]*:/i.test(target)) return null;
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : normalize(join(dirname(page), decodeURIComponent(path)));
  if (file.startsWith("..")) return "it leads out of the repository";
  try {
    await access(join(REPOSITORY_ROOT, file));
  } catch {
    return `there is no ${file}`;
  }
  if (anchor === undefined) return null;
  if (!file.endsWith(".md")) return "only headings of Markdown files have anchors";
  return findAnchors(await readPage(file)).has(anchor) ? null : `${file} has no heading #${anchor}`;
}

describe("links in Markdown", () => {
  it("are parsed with their anchors", async () => {
    assert.deepEqual(findLinks("a [b](c.md#d) `[no](x)`\n```\n[no](y)\n```\n![e](f.svg)"), [
      { line: 1, target: "c.md#d" },
      { line: 5, target: "f.svg" },
    ]);
    assert.deepEqual(
      [...findAnchors("# A `b`: c_d\n## Twice\n## Twice\n```\n# no\n```\n")],
      ["a-b-c_d", "twice", "twice-1"],
    );
    assert.equal(
      await whyBroken("docs/codes.md", "glossary.md#no-such"),
      "docs/glossary.md has no heading #no-such",
    );
    assert.equal(await whyBroken("docs/codes.md", "no-such.md"), "there is no docs/no-such.md");
  });

  for (const page of PAGES) {
    it(`resolve: ${page}`, async () => {
      const text = await readPage(page);
      const broken: string[] = [];
      for (const { line, target } of findLinks(text)) {
        const why = await whyBroken(page, target);
        if (why !== null) broken.push(`${page}:${line}: ${target}: ${why}`);
      }
      assert.deepEqual(broken, []);
    });
  }
});
