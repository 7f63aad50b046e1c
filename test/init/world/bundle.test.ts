// The bundled runner starts in every pod, so a start does not load what most plans do not need.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { RUNNER_FILES } from "../../../init/contract/places.ts";
import { runProgram } from "../../webhook/cli/cli.ts";
import { bundleRunner } from "../bundleRunner.ts";

describe("the bundled runner", function () {
  this.timeout(60_000);
  let folder = "";
  let bundle = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-bundle-"));
    bundle = await bundleRunner(folder);
  });
  after(() => rm(folder, { recursive: true }));

  it("loads TLS, HTTP and the S3 client only on demand", async () => {
    const tell = `process.on("exit", () => console.log(process.moduleLoadList.join("\\n")))`;
    const observation = await runProgram(process.execPath, [
      "--import",
      `data:text/javascript,${tell}`,
      bundle,
      "--version",
    ]);
    assert.match(observation.stdout, /^rollcall \d/, observation.stderr);
    assert.match(observation.stdout, /NativeModule fs$/m, "the list is what it is taken for");
    // an ES module would load the latter two
    for (const late of [
      "https",
      "tls",
      "_http_client",
      "zlib",
      "worker_threads",
      "internal/crypto/webcrypto",
    ])
      assert.doesNotMatch(observation.stdout, new RegExp(`^NativeModule ${late}$`, "m"));
  });

  it("contains only the used parts of zod: init imports it as a namespace; from { z } nothing, including messages in 50 languages, can be removed", async () => {
    assert.doesNotMatch(await readAll(bundle), /Eingabe|bemenet/);
  });

  it("contains the S3 client, in lines of limited length", async () => {
    const text = await readAll(bundle);
    assert.match(text, /PutObjectCommand=class/);
    const longest = Math.max(...text.split("\n").map((line) => line.length));
    assert.ok(longest < 3_000, `a line of ${longest} characters`);
  });

  it("comes with the licences of all bundled packages", async () => {
    const text = await readFile(`${bundle}.LEGAL.txt`, "utf8");
    assert.match(text, /@aws-sdk\/client-s3 \d/);
    assert.match(text, /Apache License\s+Version 2\.0/);
    assert.match(text, /zod \d/);
  });
});

/** The text of the program and of all its modules. */
async function readAll(program: string): Promise<string> {
  const folder = join(dirname(program), RUNNER_FILES.modules);
  const modules = (await readdir(folder)).map((name) => join(folder, name));
  const texts = await Promise.all([program, ...modules].map((path) => readFile(path, "utf8")));
  return texts.join("\n");
}
