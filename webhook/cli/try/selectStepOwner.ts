// The user that runs steps. Pods rarely run as root, so `try` should reveal steps that work only for root.
import type { FileOwner } from "./folders.ts";

const NOBODY: FileOwner = { uid: 65534, gid: 65534 };

/** @returns null: the current user. If that is root, uid 65534 unless asRoot is set. */
export function selectStepOwner(asRoot: boolean): FileOwner | null {
  return process.getuid?.() === 0 && !asRoot ? NOBODY : null;
}
