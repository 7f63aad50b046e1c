// Answers as verbs.
import assert from "node:assert/strict";
import fc from "fast-check";
import { add, allowed, denied, errored, patched, together } from "../../../webhook/admission/answer.ts";
import { operationsIn } from "./reviews.ts";

describe("an answer", () => {
  it("that allows says nothing else", () => {
    assert.deepEqual(allowed(), { allowed: true });
  });

  it("that denies is a 403 with the words as they are", () => {
    assert.deepEqual(denied("because"), {
      allowed: false,
      status: { status: "Failure", message: "because", reason: "Forbidden", code: 403 },
    });
  });

  it("that could not be found is a 500, so that a client may try again", () => {
    assert.deepEqual(errored("the ring is silent").status, {
      status: "Failure",
      message: "the ring is silent",
      reason: "InternalError",
      code: 500,
    });
  });

  it("without operations is no patch: the API server refuses a patchType without one", () => {
    assert.deepEqual(patched([]), { allowed: true });
  });

  it("carries any operation through base64 unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.jsonValue(), (key, value) => {
        const operation = add(["metadata", key], value);
        const plain: unknown = JSON.parse(JSON.stringify([operation]));
        assert.deepEqual(operationsIn(patched([operation])), plain);
      }),
    );
  });

  it("carries audit annotations, and none where there are none", () => {
    assert.deepEqual(denied("x", { audit: { rule: "a-rule" } }).auditAnnotations, { rule: "a-rule" });
    assert.ok(!("auditAnnotations" in denied("x", { audit: {} })));
  });
});

describe("one answer of two", () => {
  it("allows where both do, with the warnings and audit annotations of both", () => {
    const first = allowed({ warnings: ["a"], audit: { profile: "demo", rule: "first" } });
    const second = allowed({ warnings: ["b"], audit: { ring: "whole", rule: "second" } });
    assert.deepEqual(
      together(first, second),
      allowed({ warnings: ["a", "b"], audit: { profile: "demo", rule: "first", ring: "whole" } }),
    );
    assert.deepEqual(together(allowed(), allowed()), allowed());
  });

  it("refuses where one does, whichever, and keeps what the other warned of", () => {
    const refusal = denied("no", { audit: { rule: "r" } });
    const expected = denied("no", { warnings: ["mind"], audit: { rule: "r" } });
    assert.deepEqual(together(refusal, allowed({ warnings: ["mind"] })), expected);
    assert.deepEqual(together(allowed({ warnings: ["mind"] }), refusal), expected);
  });

  it("refuses in the words of both where both do", () => {
    const both = together(denied("no", { audit: { rule: "a" } }), errored("nor I", { audit: { rule: "b" } }));
    assert.deepEqual(both, denied("no\nnor I", { audit: { rule: "a" } }));
  });
});

describe("warnings", () => {
  it("are kept on denials, patches and errors alike", () => {
    const warnings = ["mind the gap"];
    for (const answer of [
      allowed({ warnings }),
      patched([add(["a"], 1)], { warnings }),
      denied("", { warnings }),
      errored("", { warnings }),
    ])
      assert.deepEqual(answer.warnings, warnings);
  });

  it("are whole as long as all of them have 4096 characters at most, as the API server passes them on", () => {
    const warnings = ["w".repeat(4000), "v".repeat(96)];
    assert.deepEqual(allowed({ warnings }).warnings, warnings);
  });

  it("past that are cut to 256 characters, with three dots as their end", () => {
    const whole = "w".repeat(256);
    const [first, second] = allowed({ warnings: [whole, "v".repeat(3841)] }).warnings ?? [];
    assert.equal(first, whole);
    assert.equal(second, `${"v".repeat(253)}...`);
  });

  it("stop where their sum would pass 4096 characters", () => {
    const { warnings = [] } = allowed({ warnings: Array.from({ length: 20 }, () => "w".repeat(300)) });
    assert.equal(warnings.length, 16);
    assert.equal(warnings.join("").length, 4096);
  });

  it("are single lines, since the API server drops one with a control character in it", () => {
    const { warnings } = allowed({ warnings: ["first\r\nsecond\tthird\u0007"] });
    assert.deepEqual(warnings, ["first second third "]);
  });
});
