// Where the cluster provider keeps its files: none are in the checkout.
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The checkout that this file belongs to. */
export const CHECKOUT: string = resolve(import.meta.dirname, "../../..");

/** Folders that outlive a command: built parts, clusters' state, notes about child processes. */
export interface Paths {
  readonly root: string;
  /** Notes about running child processes (process/children.ts). */
  readonly children: string;
  /** The engine's configuration, shared by all checkouts. */
  readonly engine: string;
  /** One folder for each cluster. */
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

/** The cluster's name follows from the checkout's path, so that two checkouts have different clusters. */
export function clusterName(checkout: string): string {
  return `rollcall-${createHash("sha256").update(checkout).digest("hex").slice(0, 6)}`;
}
