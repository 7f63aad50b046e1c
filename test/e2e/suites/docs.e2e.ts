// Executes the blocks of the documentation that need a cluster (`sh run=cluster`) as written, page by page and in
// order. Those of docs/scale-down.md are about StatefulSet web with three pods in namespace shop, under policy Drained.
import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findCodeBlocks, listMarkdown, readPage } from "../../docs/markdown.ts";
import { runProgram } from "../../webhook/cli/cli.ts";
import { bindMembers, start } from "../harness/guarded.ts";
import { CHECKOUT_ROOT } from "../harness/rollcall.ts";
import { makeSpace, type Space } from "../harness/space.ts";

/** A drain waits for the lock, and kubectl for the API server of a busy machine. */
const BLOCK_TIMEOUT_MS = 180_000;

const pages = await listMarkdown();
const blocks = (await Promise.all(pages.map(async (page) => findCodeBlocks(page, await readPage(page)))))
  .flat()
  .filter(({ language, marks }) => language === "sh" && marks.get("run") === "cluster");

describe("code blocks of the documentation for a cluster", () => {
  let space: Space;
  let folder: string;
  before(async () => {
    space = await makeSpace("docs", {}, "shop");
    await bindMembers(space);
    await start(space.k, { name: "web", profile: "drained" });
    folder = await mkdtemp(join(tmpdir(), "rollcall-docs-"));
    const program = join(folder, "kubectl");
    await writeFile(program, `#!/bin/sh\nexec '${space.access.kubectl}' "$@"\n`);
    await chmod(program, 0o755);
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await space.remove();
  });

  it("exist", () => assert.ok(blocks.length > 5, `only ${blocks.length} were found`));

  for (const { page, line, text } of blocks) {
    const [first = ""] = text.split("\n");
    it(`work as written: ${page}:${line}, ${first.slice(0, 60)}`, async () => {
      const env = {
        ...process.env,
        KUBECONFIG: space.access.kubeconfig,
        PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}`,
      };
      const options = { cwd: CHECKOUT_ROOT, env, timeoutMs: BLOCK_TIMEOUT_MS };
      const observation = await runProgram("bash", ["-eu", "-o", "pipefail", "-c", text], options);
      assert.equal(observation.code, 0, `${text}\n${observation.stdout}${observation.stderr}`);
    }).timeout(2 * BLOCK_TIMEOUT_MS);
  }
});
