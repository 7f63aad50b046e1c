// While an edit of the profiles reaches the replicas of the webhook one after the other, the one that injects a pod and
// the one that validates it may go by different versions. No pod is denied for that: whoever is about to deny asks here
// what the other one may go by.
import type { Profiles } from "./profile.ts";

export interface Versions {
  /** those that this replica has replaced in the last minutes, the latest first: the other one may not have yet */
  replaced(): readonly Profiles[];
  /**
   * what the ConfigMap holds now, where that is not what a decision was made by; null where it is, where what is there
   * is wrong, and where it could not be read. Never rejects.
   * @param judgedBy the profiles in force when the decision was made; others may have come here since
   */
  newest(deadline: AbortSignal, judgedBy: Profiles | null): Promise<Profiles | null>;
}

/** Of profiles that nobody edits meanwhile. */
export const ONE_VERSION: Versions = { replaced: () => [], newest: () => Promise.resolve(null) };
