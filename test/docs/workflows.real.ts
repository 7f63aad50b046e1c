// The GitHub workflows by actionlint. shellcheck, which it would run if there were one, is left out, so that the result
// is the same on every machine.
import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { findBuiltTool } from "../e2e/cluster/provider.ts";
import { needs } from "../requirements.ts";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";

describe("the workflows", function () {
  this.timeout(60_000);
  let program = "";
  before(async function () {
    const built = await findBuiltTool("actionlint");
    needs(this, built !== null, "actionlint, which `npm run cluster -- tools actionlint` builds");
    program = built ?? "";
  });

  const lint = (paths: readonly string[], input = "") =>
    runProgram(program, ["-no-color", "-shellcheck=", "-pyflakes=", ...paths], { input });

  it("pass actionlint", async () => {
    const paths = await Array.fromAsync(glob(".github/workflows/*.yaml", { cwd: REPOSITORY_ROOT }));
    assert.ok(paths.length >= 3, paths.join(" "));
    const { code, stdout, stderr } = await lint(paths);
    assert.equal(code, 0, stdout + stderr);
  });

  it("would not pass with an expression of a step that does not exist", async () => {
    const release = await readFile(join(REPOSITORY_ROOT, ".github/workflows/release.yaml"), "utf8");
    const broken = release.replace("$GITHUB_ACTOR", "$" + "{{ steps.missing.outputs.actor }}");
    assert.notEqual(broken, release);
    const { code, stdout } = await lint(["-"], broken);
    assert.equal(code, 1);
    assert.match(stdout, /property "missing" is not defined/);
  });

  it("pin each action to a commit, with its tag beside it", async () => {
    for await (const path of glob(".github/workflows/*.yaml", { cwd: REPOSITORY_ROOT })) {
      const text = await readFile(join(REPOSITORY_ROOT, path), "utf8");
      for (const [line] of text.matchAll(/^.*\buses:.*$/gm))
        assert.match(line, /uses: (\.\/|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v?\d)/, `${path}: ${line}`);
    }
  });
});
