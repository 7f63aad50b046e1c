// Parts of the cache, each named after its content and a digest of everything from which it is built.
import { createHash } from "node:crypto";
import type { Shell } from "../process/shell.ts";

/** Something that is built once and kept: programs of one Go module, a root file system, the node image. */
export interface CachePart {
  readonly name: string;
  /** Hexadecimal digest of pins and recipe, and of the parts from which it is built. */
  readonly digest: string;
  /** One line for the log: name, version, size of the work. */
  readonly title: string;
  /** Parts whose folders `build` reads. They are only needed if this one must be built. */
  readonly needs: readonly CachePart[];
  /** Makes the part in `out`, an empty folder. */
  readonly build: (work: Work) => Promise<void>;
}

export interface Work {
  readonly out: string;
  readonly shell: Shell;
  /** Folder of a part in `needs`, by its name. */
  readonly folderOf: (name: string) => string;
}

/** The name of a part's folder in the cache. Twelve digits are enough to be unique, and keep `ls` readable. */
export const formatFolderName = (part: Pick<CachePart, "name" | "digest">): string =>
  `${part.name}-${part.digest.slice(0, 12)}`;

/** Digest of any JSON value, for `CachePart.digest`. */
export function computeRecipeDigest(recipe: unknown): string {
  return createHash("sha256").update(JSON.stringify(recipe)).digest("hex");
}
