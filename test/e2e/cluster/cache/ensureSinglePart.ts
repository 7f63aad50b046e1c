// A part of the cache for callers without a cluster session: tests that need an image.

import { mkdir } from "node:fs/promises";
import { cachePaths } from "../paths.ts";
import { Shell } from "../process/shell.ts";
import { ensurePart } from "./ensure.ts";
import type { CachePart } from "./part.ts";

interface Options {
  log: (line: string) => void;
  signal: AbortSignal;
}

/** The folder of a part, built unless the cache has an entry of the right size. */
export async function ensureSinglePart(part: CachePart, { log, signal }: Options): Promise<string> {
  const { root, children } = cachePaths(process.env);
  await mkdir(children, { recursive: true });
  return ensurePart({ root, shell: new Shell(children, signal), signal, log }, part, "size");
}
