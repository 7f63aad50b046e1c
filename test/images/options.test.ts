import assert from "node:assert/strict";
import { type ImageOptions, readOptions, USAGE } from "../../build/images/options.ts";
import { BuildProblem } from "../../build/images/problem.ts";

const DEFAULTS: ImageOptions = {
  registry: "registry.local",
  archs: ["amd64", "arm64"],
  push: false,
  archive: false,
  out: "dist/images",
};

const VALID: readonly [readonly string[], Partial<ImageOptions>][] = [
  [[], {}],
  [["--registry", "localhost:5000", "--push"], { registry: "localhost:5000", push: true }],
  [["--registry", "ghcr.example/team/"], { registry: "ghcr.example/team" }],
  [["--registry", "localhost"], { registry: "localhost" }],
  [["--arch", "arm64"], { archs: ["arm64"] }],
  [["--arch", "arm64,amd64"], { archs: ["amd64", "arm64"] }],
  [["--archive", "--out", "elsewhere"], { archive: true, out: "elsewhere" }],
];

const INVALID: readonly [readonly string[], RegExp][] = [
  [["--arch", "x64"], /^--arch: "x64" is none of amd64, arm64/],
  [["--arch", ""], /^--arch: "" is none of/],
  [["--registry", "team"], /^--registry: "team" is no registry/],
  [["--registry", ""], /^--registry: "" is no registry/],
  [["--registry", "Registry.Local"], /^--registry: "Registry.Local" is no registry/],
  [["--push", "--archive"], /^--push and --archive exclude each other/],
  [["--no-such"], /--no-such/],
  [["word"], /word/],
];

describe("the options of npm run images", () => {
  for (const [words, differs] of VALID) {
    it(`parse [${words.join(" ")}]`, () => {
      assert.deepEqual(readOptions(words), { ...DEFAULTS, ...differs });
    });
  }

  for (const [words, says] of INVALID) {
    it(`reject [${words.join(" ")}] with exit code 2 and the usage`, () => {
      assert.throws(
        () => readOptions(words),
        (error) => {
          assert.ok(error instanceof BuildProblem);
          assert.equal(error.exitCode, 2);
          assert.match(error.message, says);
          assert.ok(error.message.endsWith(USAGE));
          return true;
        },
      );
    });
  }

  it("print the help", () => {
    assert.equal(readOptions(["--help", "--push"]), "help");
  });
});
