// Texts for administrators name the values of mode and scaleDown.policy as a profile spells them: Warn, Drained, Managed.
import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";

/** docs/research quotes other projects; denials.md is made from the messages, which have tests of their own. */
const TEXTS = ["README.md", "docs/*.md", "manifests/**/*.{yaml,tpl,txt,md}", "webhook/cli/**/*.ts"];

const OLD_WORDS: readonly [what: string, pattern: RegExp][] = [
  ["a mode in lower case", /\bmode (?:warn|enforce)\b/],
  ["a policy in lower case", /\b(?:polic(?:y|ies)|under) (?:allow|deny|drained|managed)\b/],
  [
    "policies in lower case",
    /\b(?:drained|managed) and (?:allow|deny|drained|managed)\b|\b(?:allow|deny) and (?:drained|managed)\b/,
  ],
  ["a scale-down by another name", /\bname: drops\b|variables\.drops\b/],
];

function findOldWords(path: string, text: string): string[] {
  return text
    .split("\n")
    .flatMap((line, at) =>
      OLD_WORDS.filter(([, old]) => old.test(line)).map(([what]) => `${path}:${at + 1}: ${what}`),
    );
}

describe("texts for administrators", () => {
  for (const pattern of TEXTS) {
    it(`use the values of mode and policy as they are: ${pattern}`, async () => {
      const paths = await Array.fromAsync(glob(pattern, { cwd: REPOSITORY_ROOT }));
      assert.notDeepEqual(paths, []);
      const read = async (path: string) => readFile(join(REPOSITORY_ROOT, path), "utf8");
      const found = await Promise.all(paths.map(async (path) => findOldWords(path, await read(path))));
      assert.deepEqual(found.flat(), []);
    });
  }
});
