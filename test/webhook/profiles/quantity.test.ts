// Kubernetes quantities are parsed and formatted exactly.
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatQuantity, parseQuantity, roundUp } from "../../../webhook/profiles/quantity.ts";

describe("a quantity", () => {
  it("is parsed exactly in each of its forms", () => {
    const nano = 10n ** 9n;
    for (const [text, wanted] of [
      ["0", 0n],
      ["1", nano],
      [2, 2n * nano],
      ["+1", nano],
      ["250m", nano / 4n],
      [".5", nano / 2n],
      ["1.", nano],
      ["100u", 100_000n],
      ["1n", 1n],
      ["0.5n", 1n],
      ["1Ki", 1024n * nano],
      ["1.5Gi", 1610612736n * nano],
      ["8Ei", 8n * 2n ** 60n * nano],
      ["1E", 10n ** 18n * nano],
      ["1e3", 1000n * nano],
      ["12E-1", (12n * nano) / 10n],
      ["129e6", 129_000_000n * nano],
    ] as const)
      assert.equal(parseQuantity(text), wanted, String(text));
  });

  it("is null for any other value", () => {
    for (const text of [
      "",
      ".",
      "-1",
      "1 Mi",
      "1ki",
      "1e",
      "1e999",
      "Mi",
      "1".repeat(65),
      null,
      {},
      [],
      true,
    ])
      assert.equal(parseQuantity(text), null, JSON.stringify(text));
  });

  it("is parsed to the same amount after formatting", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 90n }), (amount) => {
        assert.equal(parseQuantity(formatQuantity(amount)), amount);
        assert.ok(roundUp(amount) >= amount && roundUp(amount) % 10n ** 9n === 0n);
      }),
    );
    assert.deepEqual(
      ["1024", "228Mi", "1.5", "0.1m", "3", "2048Mi"].map((text) =>
        formatQuantity(parseQuantity(text) ?? 0n),
      ),
      ["1Ki", "228Mi", "1500m", "100u", "3", "2Gi"],
    );
  });
});
