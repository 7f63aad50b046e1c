// Why a stored certificate is not used any more, one reason per test, with a test clock.
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

  it("accepts a certificate for two thirds of its 90 days", () => {
    for (const days of [0, 30, 59]) assert.equal(why(good, addDays(days)), null);
  });

  it("accepts a new certificate by a clock that is a little behind", () => {
    assert.equal(why(good, new Date(TEST_TIME.getTime() - 4 * 60_000)), null);
  });

  it("accepts a certificate for an IP address", () => {
    assert.equal(why(good, TEST_TIME, ["127.0.0.1"]), null);
  });

  it("rejects the key of another certificate", () => {
    assert.equal(why({ ...good, key: other.key }), "the private key does not match the certificate");
  });

  it("rejects an unparsable key", () => {
    for (const key of ["", "garbage"])
      assert.equal(why({ ...good, key }), "the private key does not match the certificate");
  });

  it("rejects a CA of the same name that has not signed the certificate", () => {
    assert.equal(why({ ...good, ca: other.ca }), "the certificate is not signed by its CA");
  });

  it("rejects a certificate without one of the names", () => {
    assert.equal(
      why(good, TEST_TIME, [...NAMES, "renamed.svc"]),
      "the certificate is not valid for renamed.svc",
    );
  });

  it("rejects a certificate without an IP address", () => {
    assert.equal(why(good, TEST_TIME, ["127.0.0.2"]), "the certificate is not valid for 127.0.0.2");
  });

  it("renews a certificate after two thirds of its lifetime", () => {
    assert.equal(why(good, addDays(60)), "two thirds of the lifetime of the certificate are over");
  });

  it("rejects an expired certificate", () => {
    for (const days of [90, 400]) assert.equal(why(good, addDays(days)), "the certificate has expired");
  });

  it("rejects a certificate that is not valid yet", () => {
    assert.equal(why(good, addDays(-1)), "the certificate is not valid yet");
  });

  it("rejects an unparsable certificate or CA", () => {
    for (const text of ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]) {
      assert.equal(why({ ...good, cert: text }), "the stored certificate cannot be parsed");
      assert.equal(why({ ...good, ca: text }), "the stored certificate cannot be parsed");
    }
  });
});
