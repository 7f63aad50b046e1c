// Builds answers to admission requests.
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
  it("that allows has no other fields", () => {
    assert.deepEqual(allowRequest(), { allowed: true });
  });

  it("that denies is a 403 with the message unchanged", () => {
    assert.deepEqual(denyRequest("because"), {
      allowed: false,
      status: { status: "Failure", message: "because", reason: "Forbidden", code: 403 },
    });
  });

  it("that fails is a 500, so that a client may retry", () => {
    assert.deepEqual(failRequest("the ring is silent").status, {
      status: "Failure",
      message: "the ring is silent",
      reason: "InternalError",
      code: 500,
    });
  });

  it("without operations has no patchType, which the API server rejects without a patch", () => {
    assert.deepEqual(allowWithPatch([]), { allowed: true });
  });

  it("encodes any operation in base64 without loss", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.jsonValue(), (key, value) => {
        const operation = add(["metadata", key], value);
        const plain: unknown = JSON.parse(JSON.stringify([operation]));
        assert.deepEqual(parseOperations(allowWithPatch([operation])), plain);
      }),
    );
  });

  it("has audit annotations only if there are any", () => {
    assert.deepEqual(denyRequest("x", { audit: { rule: "a-rule" } }).auditAnnotations, { rule: "a-rule" });
    assert.ok(!("auditAnnotations" in denyRequest("x", { audit: {} })));
  });
});

describe("two merged answers", () => {
  it("allow if both do, with the warnings and audit annotations of both", () => {
    const first = allowRequest({ warnings: ["a"], audit: { profile: "demo", rule: "first" } });
    const second = allowRequest({ warnings: ["b"], audit: { ring: "whole", rule: "second" } });
    assert.deepEqual(
      mergeAnswers(first, second),
      allowRequest({ warnings: ["a", "b"], audit: { profile: "demo", rule: "first", ring: "whole" } }),
    );
    assert.deepEqual(mergeAnswers(allowRequest(), allowRequest()), allowRequest());
  });

  it("refuse if either does, with the warnings of the other", () => {
    const refusal = denyRequest("no", { audit: { rule: "r" } });
    const expected = denyRequest("no", { warnings: ["mind"], audit: { rule: "r" } });
    assert.deepEqual(mergeAnswers(refusal, allowRequest({ warnings: ["mind"] })), expected);
    assert.deepEqual(mergeAnswers(allowRequest({ warnings: ["mind"] }), refusal), expected);
  });

  it("refuse with both messages if both do", () => {
    const both = mergeAnswers(
      denyRequest("no", { audit: { rule: "a" } }),
      failRequest("nor I", { audit: { rule: "b" } }),
    );
    assert.deepEqual(both, denyRequest("no\nnor I", { audit: { rule: "a" } }));
  });
});

describe("warnings", () => {
  it("are kept in denials, patches and failures", () => {
    const warnings = ["mind the gap"];
    for (const answer of [
      allowRequest({ warnings }),
      allowWithPatch([add(["a"], 1)], { warnings }),
      denyRequest("", { warnings }),
      failRequest("", { warnings }),
    ])
      assert.deepEqual(answer.warnings, warnings);
  });

  it("are unchanged if they have at most 4096 characters in total, which the API server passes on", () => {
    const warnings = ["w".repeat(4000), "v".repeat(96)];
    assert.deepEqual(allowRequest({ warnings }).warnings, warnings);
  });

  it("are cut to 256 characters beyond that, with three dots at the end", () => {
    const whole = "w".repeat(256);
    const [first, second] = allowRequest({ warnings: [whole, "v".repeat(3841)] }).warnings ?? [];
    assert.equal(first, whole);
    assert.equal(second, `${"v".repeat(253)}...`);
  });

  it("are dropped beyond a sum of 4096 characters", () => {
    const { warnings = [] } = allowRequest({ warnings: Array.from({ length: 20 }, () => "w".repeat(300)) });
    assert.equal(warnings.length, 16);
    assert.equal(warnings.join("").length, 4096);
  });

  it("have no control characters, for which the API server would drop them", () => {
    const { warnings } = allowRequest({ warnings: ["first\r\nsecond\tthird\u0007"] });
    assert.deepEqual(warnings, ["first second third "]);
  });
});
