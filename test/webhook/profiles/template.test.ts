// Templates and durations of a profile.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSeconds } from "../../../webhook/profiles/fields.ts";
import { fill, PLACEHOLDERS, parseTemplate } from "../../../webhook/profiles/template.ts";

const VALUES = {
  podName: "web-2",
  ordinal: "2",
  nodeID: "3",
  namespace: "shop",
  serviceName: "web",
  statefulSet: "web",
  image: "app:{podName}",
};

function filled(text: string): string {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) throw new Error(parsed.wrong);
  return fill(parsed.template, VALUES);
}

describe("a template", () => {
  it("is filled with the values of its placeholders", () => {
    assert.equal(
      filled("{podName}.{serviceName}.{namespace}.svc:{nodeID}{ordinal}{statefulSet}"),
      "web-2.web.shop.svc:32web",
    );
  });

  it("is filled once: what a value holds is not filled again", () => {
    assert.equal(filled("{image}"), "app:{podName}");
  });

  const BRACES: readonly [template: string, text: string][] = [
    ["", ""],
    ["{{", "{"],
    ["{{podName}", "{podName}"],
    ["{{{podName}", "{web-2"],
    ["{{{{", "{{"],
    ["}", "}"],
    ["a}}b", "a}}b"],
    ['{{"id": {nodeID}}', '{"id": 3}'],
  ];
  for (const [template, text] of BRACES) {
    it(`${JSON.stringify(template)} is ${JSON.stringify(text)}`, () => {
      assert.equal(filled(template), text);
    });
  }

  for (const name of ["podname", "", " podName", "toString", "a\nb"]) {
    it(`with {${JSON.stringify(name)}} is refused and names it`, () => {
      const parsed = parseTemplate(`x{${name}}`);
      assert.ok("wrong" in parsed);
      assert.ok(parsed.wrong.startsWith(`unknown placeholder {${name}}; known are `));
      for (const known of PLACEHOLDERS) assert.ok(parsed.wrong.includes(known));
    });
  }

  for (const open of ["{", "{podName", "a{b{podName}", "{{{"]) {
    it(`${JSON.stringify(open)} is refused for its open brace`, () => {
      const parsed = parseTemplate(open);
      assert.ok("wrong" in parsed);
      assert.match(parsed.wrong, /a brace is left open/);
    });
  }

  for (const piece of ["{podName}", "{{"]) {
    it(`may have ${JSON.stringify(piece)} 4096 times and not once more`, () => {
      assert.ok("template" in parseTemplate(`a${piece}`.repeat(4096)));
      assert.deepEqual(parseTemplate(`a${piece}`.repeat(4097)), {
        wrong: "more than 4096 placeholders and braces in one text",
      });
    });
  }

  it("does not repeat a long text in its fault", () => {
    for (const text of [`${"x".repeat(100_000)}{`, `{${"x".repeat(100_000)}}`]) {
      const parsed = parseTemplate(text);
      assert.ok("wrong" in parsed && parsed.wrong.length < 400);
    }
  });

  it("gives any text back once its opening braces are doubled", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(filled(text.replaceAll("{", "{{")), text);
      }),
    );
  });
});

describe("a duration", () => {
  it("is told in seconds", () => {
    const durations = ["1s", "30s", "10m", "1h", "596h"];
    assert.deepEqual(durations.map(parseSeconds), [1, 30, 600, 3_600, 2_145_600]);
  });
});
