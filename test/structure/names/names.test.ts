// Names and references do not get worse: no figure of `npm run names` is above its limit.
import assert from "node:assert/strict";
import { join } from "node:path";
import { findAnchors } from "../../docs/markdown.ts";
import {
  beginsWithVerb,
  countByPart,
  FIGURES,
  type Figure,
  isNamedAfter,
  isNamedOf,
  isParticiple,
  measureNames,
  readFirstWord,
  readsAsPredicate,
} from "./figures.ts";
import { LIMITS } from "./limits.ts";
import { buildPlaces, findInComment, findMissingPaths } from "./references.ts";
import { EXCEPTIONS, PREDICATES, VERBS } from "./words.ts";

describe("names and references", () => {
  const measured = measureNames(join(import.meta.dirname, "../../.."));

  it("are read from all sources", async () => {
    const { functions, exportedFunctions, types } = await measured;
    assert.ok(functions.product > 1000 && functions.test > 1000, JSON.stringify(functions));
    assert.ok(exportedFunctions.product > 400, JSON.stringify(exportedFunctions));
    assert.ok(types.product > 300, JSON.stringify(types));
  }).timeout(120_000);

  for (const figure of Object.keys(FIGURES) as Figure[])
    it(`stay within the limit: ${FIGURES[figure]}`, async () => {
      const found = (await measured).findings[figure];
      const counted = countByPart(found);
      for (const part of ["product", "test"] as const) {
        const list = found
          .filter((one) => one.part === part)
          .map((one) => `${one.file}:${one.line} ${one.text}`);
        assert.ok(
          counted[part] <= LIMITS[figure][part],
          `${counted[part]} in ${part}, ${LIMITS[figure][part]} allowed; among them is a new one:\n${list.join("\n")}`,
        );
      }
    }).timeout(120_000);
});

describe("the rules on names", () => {
  it("distinguish xOf from a verb with an object", () => {
    assert.deepEqual(
      ["podOf", "liveNameOf", "isMemberOf", "listNamesOf", "recordOf", "of"].filter(isNamedOf),
      ["podOf", "liveNameOf", "recordOf"],
    );
  });

  it("require a verb first, and accept predicates and exceptions", () => {
    assert.deepEqual(
      [
        "buildPlan",
        "isOrdinalRemoved",
        "withLock",
        "toJson",
        "sha256",
        "memberProbes",
        "podOf",
        "towards",
      ].filter((name) => !beginsWithVerb(name)),
      ["memberProbes", "podOf", "towards"],
    );
  });

  it("reject participles as types, and accept nouns that look like them", () => {
    assert.deepEqual(["Asked", "Told", "Judging", "Warning", "AskedRing", "Ring"].filter(isParticiple), [
      "Asked",
      "Told",
      "Judging",
    ]);
  });

  it("require booleans to read as predicates, including constants", () => {
    assert.deepEqual(
      ["isLeft", "removesPods", "meet", "goesAny", "IS_ROOT", "ROOT"].filter(
        (name) => !readsAsPredicate(name),
      ),
      ["meet", "goesAny", "ROOT"],
    );
  });

  it("require a file to be named after its only export, with or without its folder", () => {
    assert.ok(isNamedAfter("a/lock/acquire.ts", "acquireLock"));
    assert.ok(isNamedAfter("a/lock/acquireLock.ts", "acquireLock"));
    assert.ok(isNamedAfter("a/limits.ts", "LIMITS"));
    assert.ok(isNamedAfter("presets/ozone-om/profile/compile.ts", "compileOzone"));
    assert.ok(isNamedAfter("presets/otobo/webhook.ts", "otoboPreset"));
    assert.ok(!isNamedAfter("a/lock/acquire.ts", "openLock"));
  });

  it("have a reason for each exception, and no needless exception", () => {
    for (const [name, reason] of Object.entries(EXCEPTIONS)) {
      assert.ok(reason.length > 10, name);
      const isVerb = VERBS.has(readFirstWord(name)) || PREDICATES.has(readFirstWord(name));
      assert.ok(!isVerb || name.endsWith("Of"), `${name} needs no exception`);
    }
  });
});

describe("references", () => {
  it("are found in comments, to documents and to files", () => {
    const files = new Set(["docs/glossary.md", "webhook/main.ts", "webhook/tls/bundle.ts"]);
    const find = (text: string): string[] => findInComment(text, "webhook/tls/selfSigned.ts", files);
    assert.deepEqual(find("// see docs/glossary.md, bundle.ts and ../main.ts; webhook/tls/bundle.ts"), []);
    assert.deepEqual(find("// see docs/none.md and none.ts, ../none.ts"), [
      "docs/none.md",
      "none.ts",
      "../none.ts",
    ]);
    // in parts, so that this file does not contain such a reference
    assert.deepEqual(find(`// see ${"DES"}IGN 3, ${"fac"}ts/ozone.md 2 `), ["DESIGN", "facts/ozone.md"]);
  });

  it("are found in the code of Markdown, to folders and to files", () => {
    const places = buildPlaces(
      new Set(["test/webhook/scaleDown/cases/a.yaml", "webhook/main.ts", "docs/images/a.svg"]),
    );
    const find = (text: string): string[] => findMissingPaths(text, "docs/some.md", places);
    const right = ["test/webhook/scaleDown/", "scaleDown/cases/", "test/webhook/scaleDown/cases/*.yaml"];
    const others = [
      "images/",
      "webhook/main.ts",
      "webhook/NAME.ts",
      "dist/",
      "rollcall.dev/profile",
      "var/spool",
    ];
    for (const path of [...right, ...others]) assert.deepEqual(find(`see \`${path}\`.`), [], path);
    const wrong = ["test/scaleDown/", "test/scaleDown", "cases/none/", "webhook/none.ts", "test/none/*.yaml"];
    for (const path of wrong) assert.deepEqual(find(`see \`${path}\` and test/none/`), [path]);
  });

  it("to headings use GitHub's anchors", () => {
    assert.deepEqual(
      [...findAnchors("# A `code` heading: twice\n## Pods & sets")],
      ["a-code-heading-twice", "pods--sets"],
    );
  });
});
