// What every command uses: paths, a signal, a log, processes and the cache.
import type { Cache } from "./cache/ensure.ts";
import { findGo } from "./host/go.ts";
import { ensurePackages, IMAGE_BUILD, type InstallPolicy } from "./host/packages.ts";
import { CHECKOUT, cachePaths, clusterName, type Paths } from "./paths.ts";
import { endOrphans } from "./process/children.ts";
import { Shell } from "./process/shell.ts";
import { type ClusterFolder, clusterFolder } from "./state.ts";

export interface SessionOptions {
  /** Aborts the work. Partial results are removed before the promise is rejected. @default never */
  readonly signal?: AbortSignal;
  /** Prints a progress line. @default prints nothing */
  readonly log?: (line: string) => void;
  /** Whether missing packages may be installed. @default the value of ROLLCALL_INSTALL */
  readonly install?: boolean;
}

export interface Session {
  readonly name: string;
  readonly paths: Paths;
  readonly folder: ClusterFolder;
  readonly cache: Cache;
  readonly policy: InstallPolicy;
  readonly builder: { readonly go: () => Promise<string>; readonly prepare: () => Promise<void> };
}

export function openSession(options: SessionOptions): Session {
  const log = options.log ?? ((): void => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const paths = cachePaths(process.env);
  const name = clusterName(CHECKOUT);
  const shell = new Shell(paths.children, signal);
  const policy = { allowed: options.install ?? process.env["ROLLCALL_INSTALL"] === "1", log };
  return {
    name,
    paths,
    folder: clusterFolder(paths.clusters, name),
    cache: { root: paths.root, shell, signal, log },
    policy,
    builder: {
      go: () => findGo(shell, paths.root, policy),
      prepare: () => ensurePackages(shell, IMAGE_BUILD, policy),
    },
  };
}

/** The same session for removals: a signal that stopped the work must not stop the cleanup. */
export function withoutSignal(session: Session): Session {
  const { signal } = new AbortController();
  const shell = new Shell(session.paths.children, signal);
  return { ...session, cache: { ...session.cache, shell, signal } };
}

/** Ends processes that a killed command has left. Every command that changes something begins with this. */
export async function endLeftRunning(session: Session): Promise<void> {
  const ended = await endOrphans(session.paths.children);
  if (ended > 0) session.cache.log(`ended ${ended} process group(s) that a killed command had left running`);
}
