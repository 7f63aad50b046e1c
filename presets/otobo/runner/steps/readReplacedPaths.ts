// Reads the list of package files in this home, which the probe for packages writes
// (presets/otobo/runner/probes/packages.ts).
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../../../../init/engine/failure.ts";
import { type TreePath, toTreePath } from "../imageTree.ts";

/** Paths of package files, some of which replace the image's. */
export async function readReplacedPaths(tree: string): Promise<ReadonlySet<TreePath>> {
  try {
    const text = await readFile(join(tree, "var/rollcall-packages"), "utf8");
    return new Set(text.split("\n").map((line) => toTreePath(line.split("\t")[0] ?? "")));
  } catch (error) {
    if (isMissing(error)) return new Set();
    throw error;
  }
}
