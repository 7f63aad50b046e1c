// The runner of the tests, with small files of its own.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CliResult, runProgram } from "./webhook/cli/cli.ts";

const RUNNER = new URL("mocha.ts", import.meta.url).href;

describe("the runner of tests", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-mocha-"));
  });
  after(() => rm(folder, { recursive: true }));

  /** In a process of its own, since Mocha's functions are global. */
  async function run(text: string): Promise<CliResult> {
    const file = join(folder, "some.test.mjs");
    await writeFile(file, text);
    const script = `
      import { MOCHA, runMocha } from ${JSON.stringify(RUNNER)};
      await runMocha([${JSON.stringify(file)}], MOCHA);`;
    return runProgram(process.execPath, ["--input-type=module", "--eval", script]);
  }

  it("runs the tests of a suite, and skips those of describe.skip", async () => {
    const { code, stdout } = await run(`
      describe("outer", function () {
        this.timeout(5_000);
        describe("inner", () => void it("runs", () => undefined));
        describe.skip("skipped", () => void it("does not run", () => { throw new Error("it ran"); }));
      });`);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /\n1 passed, 0 failed, 1 skipped\n$/);
  });

  for (const [what, callback] of [
    ["is an async function", "async () => { await 0; it('is lost', () => undefined); }"],
    ["returns a promise", "() => Promise.resolve()"],
    ["returns a promise that rejects", "() => Promise.reject(new Error('hidden'))"],
  ] as const)
    for (const call of ["describe", "describe.skip", "context"])
      it(`fails a file in which a callback of ${call} ${what}, and names the suite`, async () => {
        const { code, stderr } = await run(`describe("outer", () => void ${call}("inner", ${callback}));`);
        assert.equal(code, 1);
        assert.match(stderr, /Error: the callback of describe\("outer inner"\) returns a promise/);
      });
});
