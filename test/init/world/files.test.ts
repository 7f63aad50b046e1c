// Files that others can write: only a regular file of at most 1 MiB is read, without waiting for a writer.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBounded, readBoundedText } from "../../../init/world/files.ts";

const MIB = 1024 * 1024;

describe("readBounded", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-bounded-"));
    path = join(folder, "file");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("reads a regular file as bytes and as text", async () => {
    for (const text of ["", "grün", "x".repeat(200_000)]) {
      await writeFile(path, text);
      assert.equal((await readBounded(path, { links: false })).toString(), text);
      assert.equal(await readBoundedText(path, { links: true }), text);
    }
  });

  it("accepts at most 1 MiB", async () => {
    await writeFile(path, Buffer.alloc(MIB, "x"));
    assert.equal((await readBounded(path, { links: false })).length, MIB);
    await truncate(path, MIB + 1);
    await assert.rejects(readBounded(path, { links: false }), {
      code: "EFBIG",
      message: `${path} is larger than 1 MiB, so it is not read`,
    });
  });

  it("stops reading a huge file early", async () => {
    await writeFile(path, "");
    await truncate(path, 2 ** 40);
    const before = process.memoryUsage().rss;
    await assert.rejects(readBounded(path, { links: false }), { code: "EFBIG" });
    assert.ok(process.memoryUsage().rss - before < 64 * MIB);
  });

  it("follows a link only on request", async () => {
    await writeFile(join(folder, "other"), "text");
    await symlink("other", path);
    await assert.rejects(readBounded(path, { links: false }), {
      code: "ELOOP",
      message: /file is a link, so/,
    });
    assert.equal(await readBoundedText(path, { links: true }), "text");
  });

  it("reads a file of /proc, whose reported size is 0", async function () {
    const text = await readFile("/proc/self/cmdline").catch(() => null);
    if (text === null) this.skip();
    assert.deepEqual(await readBounded("/proc/self/cmdline", { links: false }), text);
  });

  const ODD: readonly [what: string, code: string, make: () => Promise<unknown>][] = [
    ["nothing", "ENOENT", async () => undefined],
    ["a folder", "EISDIR", () => mkdir(path)],
    // without a writer
    ["a pipe", "ENOTREG", async () => execFileSync("mkfifo", [path])],
    [
      "a socket",
      "ENXIO",
      async () => {
        const server = createServer();
        await new Promise<void>((done) => server.listen(path, done));
        server.unref();
      },
    ],
  ];
  for (const [what, code, make] of ODD) {
    it(`fails with ${code} for ${what}, without waiting`, async () => {
      await make();
      for (const links of [false, true]) await assert.rejects(readBounded(path, { links }), { code });
    });
  }

  it("fails with ENOTREG for a device, also through a link", async () => {
    await assert.rejects(readBounded("/dev/zero", { links: false }), { code: "ENOTREG" });
    await symlink("/dev/zero", path);
    await assert.rejects(readBounded(path, { links: true }), { code: "ENOTREG" });
  });
});
