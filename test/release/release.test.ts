// What a release consists of, with small files as the runtime; release.real.ts makes a whole one.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { listComponents } from "../../build/release/components.ts";
import { makeRelease } from "../../build/release/makeRelease.ts";
import { makeSmallFolder } from "../images/makeSmallFolder.ts";
import { runProgram } from "../webhook/cli/cli.ts";
import { readArchivedImages } from "./readArchivedImages.ts";

const CONTENTS = "node 24.0.0, libc6 2.36-9, libgcc-s1 12.2.0-14, libstdc++6 12.2.0-14, musl-dev 1.2.3-1";
const PACKAGES = [
  { name: "zod", version: "4.0.0", licence: "MIT" },
  { name: "@pinojs/redact", version: "0.4.0", licence: "MIT" },
];

interface Sbom {
  components: { name: string; components?: { name: string; hashes: { content: string }[] }[] }[];
}

describe("a release", () => {
  let folder = "";
  let runtime = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-release-test-"));
    runtime = await makeSmallFolder();
    for (const name of ["webhook", "rollcall"])
      await writeFile(join(runtime, `licenses/${name}.json`), JSON.stringify(PACKAGES));
    await writeFile(join(folder, "npm.tgz"), "the packed package");
    await make("first");
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await rm(runtime, { recursive: true });
  });

  const make = (name: string): Promise<void> =>
    makeRelease({
      registry: "registry.example.com",
      runtimes: [
        { arch: "amd64", folder: runtime, contents: CONTENTS },
        { arch: "arm64", folder: runtime, contents: CONTENTS },
      ],
      version: "1.2.3",
      revision: "0123456789abcdef",
      bundles: runtime,
      npmPackage: join(folder, "npm.tgz"),
      out: join(folder, name),
      log: () => undefined,
    });

  const read = (name: string): Promise<string> => readFile(join(folder, "first", name), "utf8");

  it("has images, bills of materials, manifests, charts, the npm package and checksums", async () => {
    assert.deepEqual((await readdir(join(folder, "first"))).sort(), [
      "checksums.txt",
      "init-1.2.3-amd64.cdx.json",
      "init-1.2.3-arm64.cdx.json",
      "init-1.2.3.oci.tar",
      "install.yaml",
      "rollcall-1.2.3.tgz",
      "rollcall-npm-1.2.3.tgz",
      "rollcall-profiles-1.2.3.tgz",
      "webhook-1.2.3-amd64.cdx.json",
      "webhook-1.2.3-arm64.cdx.json",
      "webhook-1.2.3.oci.tar",
    ]);
  });

  it("has the same bytes if it is made again, and replaces an earlier one", async () => {
    await make("second");
    await writeFile(join(folder, "second/left-over"), "");
    await make("second");
    for (const name of await readdir(join(folder, "first")))
      assert.deepEqual(
        await readFile(join(folder, "second", name)),
        await readFile(join(folder, "first", name)),
        name,
      );
    assert.deepEqual(await readdir(join(folder, "second")), await readdir(join(folder, "first")));
  });

  it("has checksums that sha256sum accepts", async () => {
    const words = ["--check", "--strict", "checksums.txt"];
    const { code, stdout } = await runProgram("sha256sum", words, { cwd: join(folder, "first") });
    assert.equal(code, 0);
    assert.equal(stdout.trim().split("\n").length, 10);
  });

  it("has each image for both architectures under one name, with labels", async () => {
    for (const image of ["webhook", "init"]) {
      const { names, platforms } = await readArchivedImages(join(folder, `first/${image}-1.2.3.oci.tar`));
      assert.deepEqual(names, [`registry.example.com/rollcall/${image}:1.2.3`]);
      assert.deepEqual(Object.keys(platforms), ["amd64", "arm64"]);
      for (const { labels } of Object.values(platforms)) {
        assert.equal(labels["org.opencontainers.image.version"], "1.2.3");
        assert.equal(labels["org.opencontainers.image.revision"], "0123456789abcdef");
        assert.equal(labels["org.opencontainers.image.licenses"], "Apache-2.0");
      }
    }
  });

  it("lists every file of an image once, with its hash, and is valid CycloneDX", async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    for (const image of ["webhook", "init"]) {
      const { platforms } = await readArchivedImages(join(folder, `first/${image}-1.2.3.oci.tar`));
      for (const [arch, { files }] of Object.entries(platforms)) {
        const text = await read(`${image}-1.2.3-${arch}.cdx.json`);
        assert.equal(await validator.validate(text), null, `${image} ${arch}`);
        const { components } = JSON.parse(text) as Sbom;
        const listed = components.flatMap((component) => component.components ?? []);
        const hashed = listed.map(({ name, hashes }) => [name, hashes[0]?.content]);
        const expected = [...files].map(([path, bytes]) => [
          `/${path}`,
          createHash("sha256").update(bytes).digest("hex"),
        ]);
        assert.deepEqual(hashed.sort(), expected.sort());
        assert.equal(
          components.some(({ name }) => name === "musl-dev"),
          image === "init",
        );
      }
    }
  });

  it("names its registry and version in install.yaml and in the chart", async () => {
    assert.match(await read("install.yaml"), /image: registry\.example\.com\/rollcall\/webhook:\d/);
    const words = ["-xzOf", join(folder, "first/rollcall-1.2.3.tgz"), "rollcall/values.yaml"];
    const { stdout } = await runProgram("tar", words);
    assert.match(stdout, /^ {2}registry: registry\.example\.com\/rollcall$/m);
  });
});

describe("the components of an image", () => {
  const facts = {
    image: "webhook",
    arch: "amd64",
    version: "1.2.3",
    contents: CONTENTS,
    nodeVersions: process.versions,
    packages: PACKAGES,
    files: ["node", "webhook.mjs"],
  } as const;

  it("include the libraries of this Node.js, Debian's packages and npm's", () => {
    const components = listComponents(facts);
    const find = (wanted: string) => components.find(({ name }) => name === wanted);
    assert.equal(find("openssl")?.version, process.versions.openssl);
    assert.deepEqual(find("rollcall")?.files, ["webhook.mjs"]);
    assert.equal(find("libstdc++6")?.purl, "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64");
    assert.equal(find("@pinojs/redact")?.purl, "pkg:npm/%40pinojs/redact@0.4.0");
    assert.ok(components.every(({ version, licence }) => version !== "" && licence !== ""));
  });

  it("are not listed if a file, a library or a licence is unknown", () => {
    const list = (changes: object) => () => listComponents({ ...facts, ...changes });
    assert.throws(list({ files: ["etc/passwd"] }), /etc\/passwd of image webhook belongs to no component/);
    assert.throws(
      list({ files: ["rollcall.cjs"] }),
      /rollcall\.cjs of image webhook belongs to no component/,
    );
    assert.throws(list({ nodeVersions: { novel: "1.0" } }), /licence of novel, a library of Node\.js/);
    assert.throws(list({ contents: "novel 1.0" }), /licence of Debian's package novel/);
    assert.throws(list({ packages: [{ name: "a", version: "1", licence: null }] }), /npm package a names no/);
  });
});
