// A command that takes long is logged from time to time.
import assert from "node:assert/strict";
import { createChildRunner, withProgress } from "../../init/world/child.ts";

describe("a long-running command", () => {
  it("is logged while it runs, and not afterwards", async () => {
    const lines: string[] = [];
    const run = withProgress(
      createChildRunner({ env: { PATH: process.env["PATH"] }, stop: new AbortController().signal }),
      (line) => lines.push(line),
      200,
    );
    await run({ argv: ["sleep", "0.7"], timeoutSeconds: 5, onLine: () => undefined });
    const told = lines.length;
    assert.ok(told >= 2, lines.join("\n"));
    assert.equal(lines[0], "[sleep 0.7] is still running after 0.2 s (limit 5 s)");
    await new Promise((done) => setTimeout(done, 400));
    assert.equal(lines.length, told);
  });
});
