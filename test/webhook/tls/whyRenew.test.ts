// Why a stored certificate is not used any longer, one reason a test, with a clock of the test's own.
import assert from "node:assert/strict";
import { type Certificate, explainRenewal, issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import { addDays, NAMES, TEST_TIME } from "./source.ts";

describe("a stored certificate", () => {
  let good: Certificate;
  let other: Certificate;
  before(async () => {
    [good, other] = await Promise.all([
      issueSelfSigned([...NAMES, "127.0.0.1"], TEST_TIME),
      issueSelfSigned(["other.svc"], TEST_TIME),
    ]);
  });
  const why = (certificate: Certificate, now = TEST_TIME, names: readonly string[] = NAMES): string | null =>
    explainRenewal(certificate, names, now);

  it("is good from the start until two thirds of its 90 days are over", () => {
    for (const days of [0, 30, 59]) assert.equal(why(good, addDays(days)), null);
  });

  it("is good for API servers whose clock is a little behind", () => {
    assert.equal(why(good, new Date(TEST_TIME.getTime() - 4 * 60_000)), null);
  });

  it("is good for an IP address that it names", () => {
    assert.equal(why(good, TEST_TIME, ["127.0.0.1"]), null);
  });

  it("with the key of another is not good", () => {
    assert.equal(why({ ...good, key: other.key }), "its key is another's");
  });

  it("with a key of garbage is not good", () => {
    for (const key of ["", "garbage"]) assert.equal(why({ ...good, key }), "its key is another's");
  });

  it("with the CA of another is not good, though both CAs have one name", () => {
    assert.equal(why({ ...good, ca: other.ca }), "its CA has not signed it");
  });

  it("that lacks one of the names is not good", () => {
    assert.equal(why(good, TEST_TIME, [...NAMES, "renamed.svc"]), "it is not for renamed.svc");
  });

  it("that lacks an IP address is not good", () => {
    assert.equal(why(good, TEST_TIME, ["127.0.0.2"]), "it is not for 127.0.0.2");
  });

  it("is renewed when two thirds of its lifetime are over", () => {
    assert.equal(why(good, addDays(60)), "two thirds of the lifetime of it are over");
  });

  it("that has expired is not good", () => {
    for (const days of [90, 400]) assert.equal(why(good, addDays(days)), "it has expired");
  });

  it("from a clock that was far ahead is not good before its time", () => {
    assert.equal(why(good, addDays(-1)), "it is not valid yet");
  });

  it("of garbage is not good", () => {
    for (const text of ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]) {
      assert.equal(why({ ...good, cert: text }), "it cannot be read");
      assert.equal(why({ ...good, ca: text }), "it cannot be read");
    }
  });
});
