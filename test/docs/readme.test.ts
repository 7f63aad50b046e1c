// The README is correct: its links work, its commands run, and its output is what the programs print.
import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { VERSION } from "../../init/contract/version.ts";
import { withFolder } from "../webhook/cli/check.ts";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";

const readme = await readFile(join(REPOSITORY_ROOT, "README.md"), "utf8");

const blocks = [...readme.matchAll(/^```(\w*)[^\n]*\n([\s\S]+?)^```$/gm)];

/** The fenced blocks of a language, in order. */
const findBlocks = (language: string): string[] =>
  blocks.filter(([, name]) => name === language).map(([, , text = ""]) => text);

const [overlay = "", web = ""] = findBlocks("yaml");
const [printed = "", denial = ""] = findBlocks("");

describe("the README", () => {
  it("links to files that exist", async () => {
    const targets = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = ""]) => target);
    assert.ok(targets.length > 15);
    for (const target of targets) await access(join(REPOSITORY_ROOT, target));
  });

  it("is short enough to be read in five minutes", () => {
    const words = readme.split(/\s+/).length;
    assert.ok(words < 1_000, `${words} words`);
  });

  it("shows what npm run demo prints, and the demo exits with 0", async () => {
    const observation = await runProgram("npm", ["run", "--silent", "demo", "--", "--embedded"]);
    assert.equal(observation.code, 0, observation.stdout + observation.stderr);
    const lines = printed.split("\n").filter((line) => line !== "");
    assert.equal(lines.length, 5);
    for (const line of lines)
      assert.ok(observation.stdout.includes(`   ${line}\n`), `${line}\nis not in\n${observation.stdout}`);
  });

  it("lists the images of the base in its overlay", async () => {
    const { images } = parse(overlay) as { images: { name: string }[] };
    const deployment = await readFile(join(REPOSITORY_ROOT, "manifests/base/deployment.yaml"), "utf8");
    assert.equal(images.length, 2);
    for (const { name } of images) assert.ok(deployment.includes(`image: ${name}:${VERSION}\n`), name);
  });

  it("has a first profile and StatefulSet that behave as described", async () => {
    assert.equal(parseAllDocuments(web).length, 2);
    const [command = ""] = /^npx rollcall .+$/m.exec(readme) ?? [];
    const [, ...words] = command.split(" ");
    await withFolder({ "web.yaml": web }, async (cwd) => {
      const observation = await runProgram(join(REPOSITORY_ROOT, "build/bin/rollcall.js"), words.slice(1), {
        cwd,
        timeoutMs: 200_000,
      });
      assert.equal(observation.code, 0, observation.stdout + observation.stderr);
      assert.match(observation.stdout, /^shop\/web-2 +2 +3 +√ seed done /m);
      const [, message = "", rest = ""] = /denied the request: (.+)\n((?:.+\n)+)/.exec(denial) ?? [];
      assert.ok(message.includes("web-2"), denial);
      assert.match(rest, /^ +kubectl .+ drain$/m);
      for (const line of [
        `denied: ${message}`,
        ...rest.split("\n").filter((each) => !each.startsWith("```")),
      ])
        assert.ok(observation.stdout.includes(line.trim()), `${line}\nis not in\n${observation.stdout}`);
      assert.match(observation.stdout, /kubectl scale --replicas=2: allowed/);
    });
  }).timeout(240_000);

  it("binds the service account to a role that exists", async () => {
    const [, role = ""] = /--clusterrole=(\S+)/.exec(readme) ?? [];
    const rbac = await readFile(join(REPOSITORY_ROOT, "manifests/base/rbac.yaml"), "utf8");
    assert.ok(rbac.includes(`kind: ClusterRole\nmetadata: {name: ${role}}\n`), role);
  });
});
