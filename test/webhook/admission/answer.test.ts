// Answers as verbs.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  add,
  allowRequest,
  allowWithPatch,
  denyRequest,
  failRequest,
  mergeAnswers,
} from "../../../webhook/admission/answer.ts";
import { parseOperations } from "./reviews.ts";

describe("an answer", () => {
  it("that allows says nothing else", () => {
    assert.deepEqual(allowRequest(), { allowed: true });
  });

  it("that denies is a 403 with the words as they are", () => {
    assert.deepEqual(denyRequest("because"), {
      allowed: false,
      status: { status: "Failure", message: "because", reason: "Forbidden", code: 403 },
    });
  });

  it("that could not be found is a 500, so that a client may try again", () => {
    assert.deepEqual(failRequest("the ring is silent").status, {
      status: "Failure",
      message: "the ring is silent",
      reason: "InternalError",
      code: 500,
    });
  });

  it("without operations is no patch: the API server refuses a patchType without one", () => {
    assert.deepEqual(allowWithPatch([]), { allowed: true });
  });

  it("carries any operation through base64 unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.jsonValue(), (key, value) => {
        const operation = add(["metadata", key], value);
        const plain: unknown = JSON.parse(JSON.stringify([operation]));
        assert.deepEqual(parseOperations(allowWithPatch([operation])), plain);
      }),
    );
  });

  it("carries audit annotations, and none where there are none", () => {
    assert.deepEqual(denyRequest("x", { audit: { rule: "a-rule" } }).auditAnnotations, { rule: "a-rule" });
    assert.ok(!("auditAnnotations" in denyRequest("x", { audit: {} })));
  });
});

describe("one answer of two", () => {
  it("allows where both do, with the warnings and audit annotations of both", () => {
    const first = allowRequest({ warnings: ["a"], audit: { profile: "demo", rule: "first" } });
    const second = allowRequest({ warnings: ["b"], audit: { ring: "whole", rule: "second" } });
    assert.deepEqual(
      mergeAnswers(first, second),
      allowRequest({ warnings: ["a", "b"], audit: { profile: "demo", rule: "first", ring: "whole" } }),
    );
    assert.deepEqual(mergeAnswers(allowRequest(), allowRequest()), allowRequest());
  });

  it("refuses where one does, whichever, and keeps what the other warned of", () => {
    const refusal = denyRequest("no", { audit: { rule: "r" } });
    const expected = denyRequest("no", { warnings: ["mind"], audit: { rule: "r" } });
    assert.deepEqual(mergeAnswers(refusal, allowRequest({ warnings: ["mind"] })), expected);
    assert.deepEqual(mergeAnswers(allowRequest({ warnings: ["mind"] }), refusal), expected);
  });

  it("refuses in the words of both where both do", () => {
    const both = mergeAnswers(
      denyRequest("no", { audit: { rule: "a" } }),
      failRequest("nor I", { audit: { rule: "b" } }),
    );
    assert.deepEqual(both, denyRequest("no\nnor I", { audit: { rule: "a" } }));
  });
});

describe("warnings", () => {
  it("are kept on denials, patches and errors alike", () => {
    const warnings = ["mind the gap"];
    for (const answer of [
      allowRequest({ warnings }),
      allowWithPatch([add(["a"], 1)], { warnings }),
      denyRequest("", { warnings }),
      failRequest("", { warnings }),
    ])
      assert.deepEqual(answer.warnings, warnings);
  });

  it("are whole as long as all of them have 4096 characters at most, as the API server passes them on", () => {
    const warnings = ["w".repeat(4000), "v".repeat(96)];
    assert.deepEqual(allowRequest({ warnings }).warnings, warnings);
  });

  it("past that are cut to 256 characters, with three dots as their end", () => {
    const whole = "w".repeat(256);
    const [first, second] = allowRequest({ warnings: [whole, "v".repeat(3841)] }).warnings ?? [];
    assert.equal(first, whole);
    assert.equal(second, `${"v".repeat(253)}...`);
  });

  it("stop where their sum would pass 4096 characters", () => {
    const { warnings = [] } = allowRequest({ warnings: Array.from({ length: 20 }, () => "w".repeat(300)) });
    assert.equal(warnings.length, 16);
    assert.equal(warnings.join("").length, 4096);
  });

  it("are single lines, since the API server drops one with a control character in it", () => {
    const { warnings } = allowRequest({ warnings: ["first\r\nsecond\tthird\u0007"] });
    assert.deepEqual(warnings, ["first second third "]);
  });
});
