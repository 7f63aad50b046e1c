// Bundles of CAs.
import assert from "node:assert/strict";
import { bundle, splitPemBlocks } from "../../../webhook/tls/bundle.ts";
import { issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import { addDays, NAMES, TEST_TIME } from "./source.ts";

describe("a bundle of CAs", () => {
  let oldest = "";
  let middle = "";
  let newest = "";
  before(async () => {
    const made = await Promise.all([-300, -30, 0].map((days) => issueSelfSigned(NAMES, addDays(days))));
    [oldest = "", middle = "", newest = ""] = made.map(({ ca }) => ca.trim());
  });
  const plain = (pems: readonly string[]) => pems.map((pem) => pem.trim());

  it("contains the newest CA and its predecessor", () => {
    assert.deepEqual(plain(bundle([newest, middle, oldest], TEST_TIME)), [newest, middle]);
  });

  it("omits expired CAs", () => {
    assert.deepEqual(plain(bundle([newest, oldest], addDays(66))), [newest]);
    assert.deepEqual(bundle([newest], addDays(366)), []);
  });

  it("contains each CA once, even if a text has several", () => {
    assert.deepEqual(plain(bundle([newest, `${newest}\n${middle}`], TEST_TIME)), [newest, middle]);
  });

  it("omits invalid certificates", () => {
    const garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    assert.deepEqual(plain(bundle([garbage, "words", newest], TEST_TIME)), [newest]);
  });

  it("is split into its PEM blocks, whatever is between them", () => {
    assert.deepEqual(plain(splitPemBlocks(`# newest\n${newest}\r\n\r\nand ${middle}`)), [newest, middle]);
    assert.deepEqual(splitPemBlocks("-----BEGIN CERTIFICATE-----\ncut off"), []);
  });
});
