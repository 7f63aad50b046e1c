// Templates and durations.
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

function expand(text: string): string {
  const parsed = parseTemplate(text);
  if ("fault" in parsed) throw new Error(parsed.fault);
  return fill(parsed.template, VALUES);
}

describe("a template", () => {
  it("replaces placeholders by their values", () => {
    assert.equal(
      expand("{podName}.{serviceName}.{namespace}.svc:{nodeID}{ordinal}{statefulSet}"),
      "web-2.web.shop.svc:32web",
    );
  });

  it("does not expand placeholders in values", () => {
    assert.equal(expand("{image}"), "app:{podName}");
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
    it(`expands ${JSON.stringify(template)} to ${JSON.stringify(text)}`, () => {
      assert.equal(expand(template), text);
    });
  }

  for (const name of ["podname", "", " podName", "toString", "a\nb"]) {
    it(`rejects the unknown placeholder {${JSON.stringify(name)}} and names it`, () => {
      const parsed = parseTemplate(`x{${name}}`);
      assert.ok("fault" in parsed);
      assert.ok(parsed.fault.startsWith(`unknown placeholder {${name}}; known are `));
      for (const known of PLACEHOLDERS) assert.ok(parsed.fault.includes(known));
    });
  }

  for (const open of ["{", "{podName", "a{b{podName}", "{{{"]) {
    it(`rejects the unclosed brace in ${JSON.stringify(open)}`, () => {
      const parsed = parseTemplate(open);
      assert.ok("fault" in parsed);
      assert.match(parsed.fault, /^unclosed brace in /);
    });
  }

  for (const piece of ["{podName}", "{{"]) {
    it(`may have ${JSON.stringify(piece)} at most 4096 times`, () => {
      assert.ok("template" in parseTemplate(`a${piece}`.repeat(4096)));
      assert.deepEqual(parseTemplate(`a${piece}`.repeat(4097)), {
        fault: "more than 4096 placeholders and braces in one text",
      });
    });
  }

  it("quotes only the start of a long text in a fault", () => {
    for (const text of [`${"x".repeat(100_000)}{`, `{${"x".repeat(100_000)}}`]) {
      const parsed = parseTemplate(text);
      assert.ok("fault" in parsed && parsed.fault.length < 400);
    }
  });

  it("returns any text whose opening braces are doubled", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(expand(text.replaceAll("{", "{{")), text);
      }),
    );
  });
});

describe("a duration", () => {
  it("is parsed into seconds", () => {
    const durations = ["1s", "30s", "10m", "1h", "596h"];
    assert.deepEqual(durations.map(parseSeconds), [1, 30, 600, 3_600, 2_145_600]);
  });
});
