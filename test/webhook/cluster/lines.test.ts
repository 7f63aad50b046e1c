// Splits a watch into lines, however its bytes are chunked.
import assert from "node:assert/strict";
import fc from "fast-check";
import { readLines } from "../../../webhook/cluster/readLines.ts";

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

describe("the lines of a watch", () => {
  it("are the same for any chunks, also within a character", async () => {
    const lines = fc.array(fc.jsonValue().map((value) => JSON.stringify(value)));
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.nat(20)), async (all, sizes) => {
        const bytes = Buffer.from(all.map((line) => `${line}\n`).join(""));
        assert.deepEqual(await Array.fromAsync(readLines(cut(bytes, sizes), 10_000)), all);
      }),
    );
  });

  it("have a maximum length, and must be terminated", async () => {
    const read = (text: string) => Array.fromAsync(readLines(cut(Buffer.from(text), [3, 3]), 8));
    assert.deepEqual(await read("12345678\n\n1\n"), ["12345678", "1"]);
    await assert.rejects(read("123456789\n"), /a line is larger/);
    await assert.rejects(read("1\n2"), /in the middle of a line/);
    await assert.rejects(read("12"), /in the middle of a line/);
  });
});
