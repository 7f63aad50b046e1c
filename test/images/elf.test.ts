import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { ARCHITECTURES, detectArch } from "../../build/images/arch.ts";
import { readElf } from "../../build/images/elf.ts";
import { BuildProblem } from "../../build/images/problem.ts";
import { needs } from "../requirements.ts";

describe("readElf", () => {
  it("reads the loader requirements of this machine's node", async function () {
    needs(this, process.platform === "linux", "Linux, whose programs are ELF files");
    const node = readElf(await readFile(process.execPath), "node");
    assert.equal(node.machine, ARCHITECTURES[detectArch()].machine);
    assert.equal(node.soname, null);
    assert.ok(node.needed.includes("libc.so.6"), node.needed.join());
    assert.ok(node.needed.includes("libstdc++.so.6"), node.needed.join());
    const ofLibc = node.requires
      .filter(({ library }) => library === "libc.so.6")
      .map(({ version }) => version);
    assert.ok(ofLibc.includes("GLIBC_2.28"), ofLibc.join());
    assert.ok(
      ofLibc.every((version) => version.startsWith("GLIBC_")),
      ofLibc.join(),
    );
  });

  for (const [what, bytes] of [
    ["an empty file", Buffer.alloc(0)],
    ["a script", Buffer.from("#!/bin/sh\n")],
    ["a 32 bit ELF file", Buffer.from("\x7fELF\x01\x01\0\0", "latin1")],
  ] as const) {
    it(`rejects ${what} and names it`, () => {
      assert.throws(
        () => readElf(bytes, "lib/x.so"),
        (error) => {
          assert.ok(error instanceof BuildProblem);
          assert.equal(error.message, "lib/x.so is not a 64 bit little endian ELF file");
          return true;
        },
      );
    });
  }
});
