// Whom steps run as: pods are rarely root, and what works only for root should show here.
import type { FileOwner } from "./folders.ts";

const NOBODY: FileOwner = { uid: 65534, gid: 65534 };

/** null: whoever runs this; started as root it is uid 65534 unless root was asked for. */
export function selectStepOwner(asRoot: boolean): FileOwner | null {
  return process.getuid?.() === 0 && !asRoot ? NOBODY : null;
}
