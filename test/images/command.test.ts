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
  it("exits 2 with the reason it is needed if it is not installed", async () => {
    const problem = await captureProblem(
      runProcess(["dpkg-deb", "--version"], { env: { PATH: "/nowhere" } }),
    );
    assert.equal(problem.exitCode, 2);
    assert.match(problem.message, /^dpkg-deb is needed: it unpacks .*; install the package dpkg$/);
  });

  it("exits 1 with its output if it fails", async () => {
    const problem = await captureProblem(
      runProcess([NODE, "-e", "console.error('no room'); process.exit(3)"]),
    );
    assert.equal(problem.exitCode, 1);
    assert.match(problem.message, /ended with 3:\nno room$/);
  });

  it("exits 2 if it cannot fetch", async () => {
    assert.equal(
      (await captureProblem(runProcess([NODE, "-e", "process.exit(3)"], { fetches: true }))).exitCode,
      2,
    );
  });

  it("gets only the environment that is passed to it", async () => {
    const program = "console.log(Object.keys(process.env).join())";
    const end = await attempt([NODE, "-e", program], { env: { ONLY: "this" } });
    assert.equal(end.stdout, "ONLY\n");
  });
});
