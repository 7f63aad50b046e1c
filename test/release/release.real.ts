// A whole release, made twice: the same bytes, and every file of the images in their bills of materials.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { readOwnVersion } from "../../build/images/pins.ts";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";
import { readArchivedImages } from "./readArchivedImages.ts";

/** Minutes: two architectures of two images are compressed. */
const LIMIT_MS = 1_200_000;

interface Sbom {
  components: {
    name: string;
    version: string;
    licenses: { expression: string }[];
    components?: { name: string; hashes: { content: string }[] }[];
  }[];
}

const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("npm run release", function () {
  this.timeout(LIMIT_MS);
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-release-real-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("gives the same bytes twice", async () => {
    for (const name of ["first", "second"]) {
      const words = [
        "build/release/main.ts",
        "--registry",
        "registry.example.com",
        "--out",
        join(folder, name),
      ];
      const { code, stderr } = await runProgram(process.execPath, words, {
        cwd: REPOSITORY_ROOT,
        timeoutMs: LIMIT_MS / 2,
      });
      assert.equal(code, 0, stderr);
    }
    const names = await readdir(join(folder, "first"));
    assert.equal(names.length, 11, names.join(" "));
    for (const name of names) {
      const [first, second] = await Promise.all(
        ["first", "second"].map((release) => readFile(join(folder, release, name))),
      );
      assert.ok(first !== undefined && second !== undefined && hash(first) === hash(second), name);
    }
  });

  it("lists every file of each image once, with version, licence and hash", async () => {
    const version = await readOwnVersion();
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    for (const image of ["webhook", "init"]) {
      const { platforms } = await readArchivedImages(join(folder, `first/${image}-${version}.oci.tar`));
      for (const [arch, { files }] of Object.entries(platforms)) {
        const text = await readFile(join(folder, `first/${image}-${version}-${arch}.cdx.json`), "utf8");
        assert.equal(await validator.validate(text), null);
        const { components } = JSON.parse(text) as Sbom;
        for (const one of components)
          assert.ok(one.version !== "" && one.licenses[0]?.expression, `${one.name} of ${image}`);
        const listed = components.flatMap((one) => one.components ?? []);
        const found = listed.map(({ name, hashes }) => [name, hashes[0]?.content]);
        assert.deepEqual(found.sort(), [...files].map(([path, bytes]) => [`/${path}`, hash(bytes)]).sort());
        const texts = [...files.keys()].filter((path) => path.startsWith("licenses/"));
        assert.ok(
          texts.length >= 4 && texts.every((path) => (files.get(path)?.length ?? 0) > 500),
          texts.join(" "),
        );
        console.log(`      ${image} ${arch}: ${files.size} files, ${components.length} components`);
      }
    }
  });
});
