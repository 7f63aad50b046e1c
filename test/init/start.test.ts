// What a start of the runner reads: in every pod, at every command and every probe. Ratios are `npm run bench:runner`'s.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { RUNNER_FILES } from "../../init/contract/places.ts";
import { runnerBundle } from "./bundle.ts";

/** A statement that loads another file of the bundle before this one runs. */
const STATIC_IMPORT = /(?:^|;)\s*(?:import|export)\b[^;"'()]*["'](\.[^"']+)["']/gm;

/** Something of each part that most starts do not need. */
const LATE_PARTS = [
  "ZodError",
  "ListObjectsV2Command",
  "function otoboCommand",
  "function joinRing",
  "function openApi",
];

/** The texts of a file and of all that it loads before it runs, by path. */
async function readEager(path: string, read = new Map<string, string>()): Promise<Map<string, string>> {
  if (read.has(path)) return read;
  const text = await readFile(path, "utf8");
  read.set(path, text);
  for (const [, imported = ""] of text.matchAll(STATIC_IMPORT))
    await readEager(join(dirname(path), imported), read);
  return read;
}

describe("the start of the runner", function () {
  this.timeout(60_000);
  let folder = "";
  let eager = new Map<string, string>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-start-"));
    eager = await readEager(await runnerBundle(folder));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it("reads what every command needs, and no more", () => {
    const bytes = [...eager.values()].reduce((sum, text) => sum + text.length, 0);
    assert.ok(bytes > 50_000, `only ${bytes} bytes were found: the imports are written in another way`);
    assert.ok(bytes < 130_000, `${bytes} bytes in ${eager.size} files`);
    assert.ok(eager.size < 6, `${eager.size} files`);
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
