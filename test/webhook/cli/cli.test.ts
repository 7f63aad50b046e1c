// Programs that tests start: how the end of one is reported.
import assert from "node:assert/strict";
import { runProgram } from "./cli.ts";

describe("running a program", () => {
  it("says how long a program that hangs was given, and what it printed", async () => {
    await assert.rejects(runProgram("sh", ["-c", "echo begun; exec sleep 60"], { timeoutMs: 1_500 }), {
      message:
        "sh -c echo begun; exec sleep 60 was killed after 1.5 s (SIGTERM); its output until then:\nbegun\n",
    });
  });

  it("does not wait for a child process of a program that hangs", async () => {
    const began = performance.now();
    await assert.rejects(
      runProgram("sh", ["-c", "sleep 10; true"], { timeoutMs: 200 }),
      /killed after 0\.2 s/,
    );
    assert.ok(performance.now() - began < 9_000);
  });

  it("names the signal that ended a program", async () => {
    await assert.rejects(runProgram("sh", ["-c", "kill -KILL $$"]), {
      message: /^sh -c kill -KILL \$\$ was ended by SIGKILL;/,
    });
  });

  it("returns the exit code and the output of a program that ends", async () => {
    assert.deepEqual(await runProgram("sh", ["-c", "cat; echo no >&2; exit 3"], { input: "yes" }), {
      code: 3,
      stdout: "yes",
      stderr: "no\n",
    });
  });
});
