// The cache after killed builders, changed files and concurrent builders. Real files and processes.
import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cache, ensurePart } from "./cache/ensure.ts";
import { explainUnusable } from "./cache/entry.ts";
import { type CachePart, computeRecipeDigest, formatFolderName } from "./cache/part.ts";
import { Shell } from "./process/shell.ts";

describe("the cache of built parts", () => {
  let root = "";
  const entries = async (): Promise<string[]> => (await readdir(root)).filter((name) => name !== "children");
  let log: string[] = [];
  let builds = 0;

  const cache = (): Cache => {
    const { signal } = new AbortController();
    return { root, signal, log: (line) => log.push(line), shell: new Shell(join(root, "children"), signal) };
  };
  const part = (version: string, build?: CachePart["build"]): CachePart => ({
    name: "tool",
    digest: computeRecipeDigest(version),
    title: `tool ${version}`,
    needs: [],
    build:
      build ??
      (async ({ out, shell }) => {
        builds += 1;
        await shell.must("sh", ["-c", `sleep 0.1; mkdir ${out}/bin; echo ${version} > ${out}/bin/tool`]);
      }),
  });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "rollcall-cache-"));
    log = [];
    builds = 0;
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("builds a part once and then returns the same folder", async () => {
    const first = await ensurePart(cache(), part("1"));
    assert.equal(await ensurePart(cache(), part("1")), first);
    assert.equal(await readFile(join(first, "bin/tool"), "utf8"), "1\n");
    assert.equal(builds, 1);
  });

  it("builds a new entry for a new digest and keeps the first", async () => {
    const first = await ensurePart(cache(), part("1"));
    assert.notEqual(await ensurePart(cache(), part("2")), first);
    assert.equal(await ensurePart(cache(), part("1")), first);
    assert.equal(builds, 2);
  });

  it("builds once for two concurrent requests", async () => {
    const folders = await Promise.all([ensurePart(cache(), part("1")), ensurePart(cache(), part("1"))]);
    assert.equal(folders[0], folders[1]);
    assert.equal(builds, 1);
  });

  it("removes what a killed builder left, and never uses it", async () => {
    const half = join(root, `.${formatFolderName(part("1"))}-abc123`);
    await mkdir(half, { recursive: true });
    await ensurePart(cache(), part("1"));
    assert.deepEqual(await entries(), [formatFolderName(part("1"))]);
  });

  it("rebuilds if a file has other content of the same length, and reports why", async () => {
    const folder = await ensurePart(cache(), part("1"));
    await writeFile(join(folder, "bin/tool"), "X\n");
    await ensurePart(cache(), part("1"));
    assert.equal(await readFile(join(folder, "bin/tool"), "utf8"), "1\n");
    assert.match(log.join("\n"), /unusable: bin\/tool has other content than was built/);
  });

  it("rebuilds if a file is missing or longer, or the manifest is missing", async () => {
    const folder = await ensurePart(cache(), part("1"));
    await rm(join(folder, "bin/tool"));
    await ensurePart(cache(), part("1"), "size");
    await appendFile(join(folder, "bin/tool"), "more");
    await ensurePart(cache(), part("1"), "size");
    await rm(join(folder, "manifest.json"));
    await ensurePart(cache(), part("1"), "size");
    assert.equal(builds, 4);
  });

  it("describes what is wrong with an entry", async () => {
    const folder = await ensurePart(cache(), part("1"));
    const { digest } = part("1");
    assert.equal(await explainUnusable(folder, digest, "sha256"), null);
    assert.equal(
      await explainUnusable(folder, computeRecipeDigest("2"), "sha256"),
      "its manifest is another entry's",
    );
    await rm(join(folder, "bin"), { recursive: true });
    assert.equal(await explainUnusable(folder, digest, "size"), "bin/tool is missing");
  });

  it("leaves nothing behind of a failed build, and passes on its error", async () => {
    const broken = part("1", async ({ shell }) => {
      await shell.must("sh", ["-c", "echo 'fatal error: no such header' >&2; exit 3"]);
    });
    await assert.rejects(ensurePart(cache(), broken), /ended with 3: fatal error: no such header/);
    assert.deepEqual(await entries(), []);
  });

  it("builds the parts that a part needs only if the part itself is built", async () => {
    const needed = part("inner");
    const outer = (): CachePart => ({
      ...part("outer", async ({ out, folderOf }) => {
        await writeFile(join(out, "copy"), await readFile(join(folderOf("inner"), "bin/tool")));
      }),
      needs: [{ ...needed, name: "inner" }],
    });
    const folder = await ensurePart(cache(), outer());
    assert.equal(await readFile(join(folder, "copy"), "utf8"), "inner\n");
    await rm(join(root, formatFolderName({ ...needed, name: "inner" })), { recursive: true });
    await ensurePart(cache(), outer());
    assert.equal(builds, 1);
  });
});
