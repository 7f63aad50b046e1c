// The CI recipe of docs/operations.md for `rollcall check`, executed as printed in a real git repository.
import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { CHECK_PROFILES, setText, withFolder } from "../webhook/cli/check.ts";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";

describe("the CI recipe of docs/operations.md", () => {
  it("passes a harmless pull request, and fails one that removes pods or may do so", async () => {
    const page = await readFile(join(REPOSITORY_ROOT, "docs/operations.md"), "utf8");
    const recipe = /```sh [^\n]*\n(# CI: rollcall check\n[\s\S]+?)```/.exec(page)?.[1];
    assert.ok(recipe, "the page has no recipe");
    await withFolder({ "profiles.yaml": CHECK_PROFILES }, async (folder) => {
      await mkdir(join(folder, "bin"));
      await symlink(`${REPOSITORY_ROOT}build/bin/rollcall.js`, join(folder, "bin/rollcall"));
      // the recipe creates its folder inside of ours, which is removed afterwards
      const env = {
        ...process.env,
        PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"] ?? ""}`,
        TMPDIR: folder,
      };
      const sh = (script: string) => runProgram("bash", ["-c", script], { cwd: folder, env });
      const change = async (replicas: number, profile = "deny") => {
        await mkdir(join(folder, "apps"), { recursive: true });
        await writeFile(join(folder, "apps/web.yaml"), setText("web", profile, replicas));
        const observation = await sh(
          `git add apps profiles.yaml && git -c user.name=t -c user.email=t@example.test commit -qm ${replicas}`,
        );
        assert.equal(observation.code, 0, observation.stderr);
      };
      assert.equal((await sh("git init -q -b main")).code, 0);
      await change(3);
      assert.equal((await sh("git update-ref refs/remotes/origin/main HEAD && git checkout -qb pr")).code, 0);

      await change(4);
      const more = await sh(recipe);
      assert.equal(more.code, 0, more.stderr);
      assert.match(more.stdout, /3 replicas → 4 replicas[\s\S]*√ allowed\n$/);

      await change(2);
      const fewer = await sh(recipe);
      assert.equal(fewer.code, 1, fewer.stderr);
      assert.match(fewer.stdout, /3 replicas → 2 replicas[\s\S]*× denied: RC012 scale-down-denied\n$/);

      assert.equal((await sh("git checkout -q main")).code, 0);
      await change(3, "drained");
      assert.equal(
        (await sh("git update-ref refs/remotes/origin/main HEAD && git checkout -qb drains")).code,
        0,
      );
      await change(2, "drained");
      const drained = await sh(recipe);
      assert.equal(drained.code, 3, drained.stderr);
      assert.match(drained.stdout, /× unknown: allowed only if the assumptions are true/);
    });
  }).timeout(120_000);
});
