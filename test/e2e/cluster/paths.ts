// Where things of this provider are: nothing of it is written into the checkout.
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The checkout that this file belongs to. */
export const CHECKOUT: string = resolve(import.meta.dirname, "../../..");

/** Everything that outlives a command: built parts, clusters' state, notes about children. */
export interface Paths {
  readonly root: string;
  /** Notes about running children, see process/children.ts. */
  readonly children: string;
  /** What the engine is told, shared by all checkouts. */
  readonly engine: string;
  /** A folder for each cluster that was begun. */
  readonly clusters: string;
}

export function cachePaths(env: NodeJS.ProcessEnv): Paths {
  const root = join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "rollcall");
  return {
    root,
    children: join(root, "children"),
    engine: join(root, "engine"),
    clusters: join(root, "clusters"),
  };
}

/** One checkout, one cluster: the name follows from the path, so that a second checkout does not meet the first. */
export function clusterName(checkout: string): string {
  return `rollcall-${createHash("sha256").update(checkout).digest("hex").slice(0, 6)}`;
}
