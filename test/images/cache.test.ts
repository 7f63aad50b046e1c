import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCachedFolder } from "../../build/images/openCachedFolder.ts";

describe("a cached folder", () => {
  let home = "";

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "rollcall-cache-"));
  });

  afterEach(() => rm(home, { recursive: true }));

  it("is built once", async () => {
    let made = 0;
    const make = async (folder: string): Promise<void> => {
      made += 1;
      await writeFile(join(folder, "part"), "whole");
    };
    const first = await openCachedFolder("x", make, home);
    assert.equal(await openCachedFolder("x", make, home), first);
    assert.equal(made, 1);
    assert.equal(await readFile(join(first, "part"), "utf8"), "whole");
  });

  it("is complete after two concurrent builds, with nothing left over", async () => {
    const both = await Promise.all(
      ["one", "two"].map((text) =>
        openCachedFolder(
          "x",
          async (folder) => {
            await writeFile(join(folder, "first"), text);
            await writeFile(join(folder, "second"), text);
          },
          home,
        ),
      ),
    );
    assert.equal(both[0], both[1]);
    const folder = join(home, "x");
    assert.equal(
      await readFile(join(folder, "first"), "utf8"),
      await readFile(join(folder, "second"), "utf8"),
    );
    assert.deepEqual(await readdir(home), ["x"]);
  });

  it("gets its name only when it is complete, and none if the build fails", async () => {
    const making = openCachedFolder(
      "x",
      async (folder) => {
        await writeFile(join(folder, "first"), "half");
        assert.ok(!(await readdir(home)).includes("x"));
        throw new Error("the network is gone");
      },
      home,
    );
    await assert.rejects(making, /the network is gone/);
    assert.deepEqual(await readdir(home), []);
  });
});
