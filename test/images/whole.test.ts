import assert from "node:assert/strict";
import type { ElfFile } from "../../build/images/elf.ts";
import { findElfFaults } from "../../build/images/findElfFaults.ts";

const libc: ElfFile = {
  machine: 62,
  soname: "libc.so.6",
  needed: ["ld-linux-x86-64.so.2"],
  requires: [{ library: "ld-linux-x86-64.so.2", version: "GLIBC_PRIVATE" }],
  provides: ["GLIBC_2.28", "GLIBC_2.34"],
};
const loader: ElfFile = {
  machine: 62,
  soname: "ld-linux-x86-64.so.2",
  needed: [],
  requires: [],
  provides: ["GLIBC_PRIVATE"],
};
const node: ElfFile = {
  machine: 62,
  soname: null,
  needed: ["libc.so.6"],
  requires: [{ library: "libc.so.6", version: "GLIBC_2.28" }],
  provides: [],
};

const CASES: readonly { folder: string; files: Record<string, ElfFile>; says: readonly string[] }[] = [
  { folder: "all that is asked for", files: { node, "lib/libc.so.6": libc, "lib/ld.so": loader }, says: [] },
  {
    folder: "no loader",
    files: { node, "lib/libc.so.6": libc },
    says: ["lib/libc.so.6 needs ld-linux-x86-64.so.2, which is not there"],
  },
  {
    folder: "a file of another architecture",
    files: { node, "lib/libc.so.6": libc, "lib/ld.so": { ...loader, machine: 183 } },
    says: ["lib/ld.so is for machine 183, not 62"],
  },
  {
    folder: "a library that is too old for node",
    files: {
      node: { ...node, requires: [{ library: "libc.so.6", version: "GLIBC_2.99" }] },
      "lib/libc.so.6": libc,
      "lib/ld.so": loader,
    },
    says: ["node needs GLIBC_2.99 of libc.so.6, which is older"],
  },
  {
    folder: "a glibc that loads its look-ups from other files",
    files: { node, "lib/libc.so.6": { ...libc, provides: ["GLIBC_2.28"] }, "lib/ld.so": loader },
    says: ["libc.so.6 is older than 2.34: it would load libraries for DNS that are not there"],
  },
];

describe("faults of a runtime", () => {
  for (const { folder, files, says } of CASES) {
    it(`${says.length === 0 ? "are not found in" : "are reported for"} ${folder}`, () => {
      assert.deepEqual(findElfFaults(new Map(Object.entries(files)), 62), says);
    });
  }
});
