// Each rule is needed: without it a case would be allowed. Its names agree, its code is never reused, and it reads only
// the evidence that it names.
import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { GUARD_CODES } from "../../../webhook/scaleDown/codes.ts";
import { listNeededEvidence } from "../../../webhook/scaleDown/decide.ts";
import { selectGoverningProfile } from "../../../webhook/scaleDown/governingProfile.ts";
import { readOverride } from "../../../webhook/scaleDown/overrides.ts";
import { buildReview, type Rule } from "../../../webhook/scaleDown/rule.ts";
import { maintenanceRequired } from "../../../webhook/scaleDown/rules/maintenanceRequired.ts";
import { SCALE_DOWN_RULES } from "../../../webhook/scaleDown/rules/scaleDownRules.ts";
import { buildCaseEvidence } from "./language/caseEvidence.ts";
import { loadCaseProfiles, NOW, readCaseChange, readScaleDownCases } from "./language/judge.ts";
import { explainUnmissed, type PosedCase } from "./missed.ts";

/** Codes of no case; and those of removed rules, which are never reused. */
const WITHOUT_CASE: Readonly<Record<string, string>> = {
  RC001: "request-unreadable",
  RC027: "override-used",
  RC028: "higher-ordinal-still-member",
  RC029: "deletion-risks-quorum",
};

const profiles = await loadCaseProfiles();
const cases = await readScaleDownCases();

/** Codes never change: each is written down in the cases that it denies. */
const FOR_EVER: Readonly<Record<string, string>> = {
  ...WITHOUT_CASE,
  ...Object.fromEntries(
    cases.flatMap(({ expect }): [string, string][] => {
      const [code, name] = "denied" in expect ? expect.denied.split(" ") : [];
      return code === undefined || name === undefined ? [] : [[code, name]];
    }),
  ),
};

const posed: readonly PosedCase[] = cases.flatMap((given) => {
  const read = readCaseChange(given);
  if (!("change" in read)) return [];
  const judged = selectGoverningProfile(read.change, profiles);
  if (!("profile" in judged)) return [];
  const review = buildReview(judged.change, judged.profile);
  const set = review.change.after ?? review.change.before;
  return [
    {
      name: given.name,
      asked: review,
      evidence: buildCaseEvidence(given.evidence, review),
      override: readOverride(set?.annotations ?? {}, NOW),
    },
  ];
});

describe("each rule of the guard", () => {
  for (const each of SCALE_DOWN_RULES) {
    it(`${each.name} denies at least one case that no other rule denies`, () => {
      const why = explainUnmissed(each, SCALE_DOWN_RULES, posed);
      assert.ok(why === null, why ?? "");
    });

    it(`${each.name} is in a file of its name`, async () => {
      const camel = each.name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      const file = new URL(`../../../webhook/scaleDown/rules/${camel}.ts`, import.meta.url);
      await access(file);
      const exported = (await import(file.href)) as Record<string, unknown>;
      assert.equal(exported[camel], each);
    });

    it(`${each.name} reads the evidence that it names, and no other`, () => {
      const seen = new Set<string>();
      for (const { name, asked, evidence } of posed.filter((one) => each.appliesTo(one.asked))) {
        const watched = new Proxy(evidence, {
          get(target, kind, receiver): unknown {
            assert.ok(
              each.needs.some((need) => need === kind),
              `${name}: ${each.name} reads ${String(kind)}`,
            );
            seen.add(String(kind));
            return Reflect.get(target, kind, receiver);
          },
        });
        each.evaluate(asked, watched);
        for (const need of each.needs)
          assert.ok(listNeededEvidence(asked).has(need), `${name}: ${need} is not gathered`);
      }
      assert.deepEqual([...seen].sort(), [...each.needs].sort(), "it names evidence that it never reads");
    });
  }

  it("is reported with its cases if another rule makes it redundant", () => {
    const twin: Rule = { ...maintenanceRequired, name: "zero-twice", code: "RC099" };
    const zero = posed.filter(({ name }) => ["zero-fixed", "zero-shop", "no-drop-by-scale"].includes(name));
    assert.equal(
      explainUnmissed(maintenanceRequired, [...SCALE_DOWN_RULES, twin], zero),
      "maintenance-required (RC007) keeps nothing that others do not: without it zero-twice (RC099) denies zero-fixed, zero-shop; " +
        "add a case to test/webhook/scaleDown/cases that only this rule denies",
    );
    assert.equal(explainUnmissed(maintenanceRequired, SCALE_DOWN_RULES, zero), null);
  });

  it("is reported if no case makes it deny", () => {
    const idle: Rule = { ...maintenanceRequired, name: "idle", code: "RC099", evaluate: () => null };
    assert.match(
      explainUnmissed(idle, [...SCALE_DOWN_RULES, idle], posed) ?? "",
      /^no case makes idle \(RC099\) deny; add a case/,
    );
  });

  it("has a code that is never reused", () => {
    const now = Object.fromEntries(Object.entries(GUARD_CODES).map(([name, { code }]) => [code, name]));
    assert.equal(Object.keys(now).length, Object.keys(GUARD_CODES).length, "a code is used twice");
    for (const [code, name] of Object.entries(now))
      assert.equal(FOR_EVER[code], name, `${code} is not listed`);
    const numbers = Object.keys(FOR_EVER)
      .map((code) => Number(code.slice(2)))
      .toSorted((a, b) => a - b);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      "a number is left out",
    );
    for (const { says } of Object.values(GUARD_CODES)) assert.match(says, /^[A-Z].+\.$/);
  });
});
