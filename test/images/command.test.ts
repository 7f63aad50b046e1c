import assert from "node:assert/strict";
import { attempt, runProcess } from "../../build/images/command.ts";
import { BuildProblem } from "../../build/images/problem.ts";

const NODE = process.execPath;

async function captureProblem(running: Promise<unknown>): Promise<BuildProblem> {
  const error = await running.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BuildProblem, String(error));
  return error;
}

describe("a tool that the build runs", () => {
  it("that is not installed is named with why it is needed, and ends with 2", async () => {
    const problem = await captureProblem(
      runProcess(["dpkg-deb", "--version"], { env: { PATH: "/nowhere" } }),
    );
    assert.equal(problem.exitCode, 2);
    assert.match(problem.message, /^dpkg-deb is needed: it unpacks .*; install the package dpkg$/);
  });

  it("that fails is quoted, and ends with 1", async () => {
    const problem = await captureProblem(
      runProcess([NODE, "-e", "console.error('no room'); process.exit(3)"]),
    );
    assert.equal(problem.exitCode, 1);
    assert.match(problem.message, /ended with 3:\nno room$/);
  });

  it("that cannot fetch ends with 2", async () => {
    assert.equal(
      (await captureProblem(runProcess([NODE, "-e", "process.exit(3)"], { fetches: true }))).exitCode,
      2,
    );
  });

  it("gets the environment that it is given and no other", async () => {
    const program = "console.log(Object.keys(process.env).join())";
    const end = await attempt([NODE, "-e", program], { env: { ONLY: "this" } });
    assert.equal(end.stdout, "ONLY\n");
  });
});
