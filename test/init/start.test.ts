// Which files a start of the runner reads: it happens in every pod, at every command and every probe. `npm run
// bench:runner` measures the ratios.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { RUNNER_FILES } from "../../init/contract/places.ts";
import { runProgram } from "../webhook/cli/cli.ts";
import { bundleRunner } from "./bundleRunner.ts";

/** Reports at the end which files were loaded. */
const TELL = `data:text/javascript,${encodeURIComponent(
  'import { createRequire } from "node:module"; const { cache } = createRequire("/");' +
    'process.on("exit", () => console.log(JSON.stringify(Object.keys(cache))));',
)}`;

/** A text of each part that most starts do not need. */
const LATE_PARTS = [
  "ZodError",
  "ListObjectsV2Command",
  "function runOtoboCommand(",
  "function joinRing(",
  "function openApi(",
  "function install(",
  "function runLeave(",
  "function takeReleaseStep(",
];

/** The texts of all files that a minimal command loads, by path. */
async function readEager(program: string): Promise<Map<string, string>> {
  const observation = await runProgram(process.execPath, ["--import", TELL, program, "--version"]);
  assert.match(observation.stdout, /^rollcall \d/, observation.stderr);
  const paths = z.array(z.string()).parse(JSON.parse(observation.stdout.trim().split("\n").at(-1) ?? ""));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path, "utf8")] as const)));
}

describe("the start of the runner", function () {
  this.timeout(60_000);
  let folder = "";
  let eager = new Map<string, string>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-start-"));
    eager = await readEager(await bundleRunner(folder));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it("reads only the files that every command needs", () => {
    const bytes = [...eager.values()].reduce((sum, text) => sum + text.length, 0);
    assert.ok(bytes > 50_000, `only ${bytes} bytes were found: they are loaded in another way`);
    assert.ok(bytes < 95_000, `${bytes} bytes in ${eager.size} files`);
    // each takes 1.5 ms of CPU time
    assert.equal(eager.size, 2, `${[...eager.keys()].join(", ")}: the program and its main module`);
  });

  it("reads no schema library, no S3 client and no preset", async () => {
    const modules = join(folder, RUNNER_FILES.modules);
    const late = (await readdir(modules))
      .map((name) => join(modules, name))
      .filter((path) => !eager.has(path));
    const lateText = (await Promise.all(late.map((path) => readFile(path, "utf8")))).join("\n");
    const eagerText = [...eager.values()].join("\n");
    for (const part of LATE_PARTS) {
      assert.ok(lateText.includes(part), `no file has ${part}: it has another name now`);
      assert.ok(!eagerText.includes(part), `a start reads ${part}`);
    }
  });
});
