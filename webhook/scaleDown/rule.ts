// A rule is data and one function. It is named like its file; its code never changes and is never reused
// (docs/architecture.md#codes). The list of codes in the documentation is generated from the rules.

import type { Profile } from "../profiles/profile.ts";
import type { RingProfile } from "../profiles/ring.ts";
import type { Change } from "./change.ts";
import type { Evidence, EvidenceKind, Offline } from "./evidence.ts";
import { removedOf, type Span } from "./ordinals.ts";
import { maintenanceIn } from "./overrides.ts";
import type { SetState } from "./setState.ts";

/** A change and the profile that governs it: the one before the change, if there was one. */
export interface Case {
  readonly change: Change;
  readonly profile: Profile;
  /** null: these pods do not form a ring */
  readonly ring: RingProfile | null;
  /** ordinals that would be removed */
  readonly removed: readonly Span[];
  /** all pods would be stopped, and the StatefulSet stays */
  readonly toZero: boolean;
  readonly maintenance: string | null;
}

/**
 * What a rule finds. null: no objection. `unknown`: evidence that it needs is missing, in words that follow "cannot
 * evaluate the rule: ". A message says what is denied and why, then what to do, then the commands (messages.ts).
 */
export type Finding =
  | null
  | {
      readonly message: string;
      /** show the override although the message has commands */
      readonly offerOverride?: boolean;
    }
  | { readonly unknown: string };

export interface Rule {
  readonly name: string;
  readonly code: `RC0${number}`;
  /** one sentence for the documentation and for Events */
  readonly says: string;
  readonly needs: readonly EvidenceKind[];
  /** it cannot be overridden, since it protects other StatefulSets */
  readonly noOverride?: true;
  /** what `rollcall check` assumes for it without a cluster; none: it depends on the change and the ring alone */
  assumes?(this: void, asked: Case, offline: Offline): string[];
  /** whether the rule applies: its evidence is gathered only then */
  concerns(this: void, asked: Case): boolean;
  decide(this: void, asked: Case, evidence: Evidence): Finding;
}

/** A rule receives the evidence that it names in `needs`, and no other. */
export function rule<const N extends EvidenceKind>(
  given: Omit<Rule, "needs" | "decide"> & {
    needs: readonly N[];
    decide(this: void, asked: Case, evidence: Pick<Evidence, N>): Finding;
  },
): Rule {
  return given;
}

export function caseOf(change: Change, profile: Profile): Case {
  const { before, after } = change;
  const removed =
    before === null
      ? []
      : removedOf(before.ordinals, after === null ? { start: 0, replicas: 0 } : after.ordinals);
  return {
    change,
    profile,
    ring: profile.ring,
    removed,
    toZero: after !== null && after.ordinals.replicas === 0 && removed.length > 0,
    maintenance: maintenanceIn((change.operation === "DELETE" ? change.before : change.after).annotations),
  };
}

/** Whether the profile protects its pods. */
export const isGuarded = ({ profile }: Case): boolean => profile.drop.policy !== "allow";

/** Whether some ordinals are removed while others stay. Scaling to zero is maintenance instead. */
export const isDrop = ({ change, removed, toZero }: Case): boolean =>
  change.operation === "UPDATE" && removed.length > 0 && !toZero;

/** Whether the profile was selected before, too: a fault that existed then must not block unrelated updates. */
export const wasPicked = ({ change }: Case): boolean =>
  change.operation === "UPDATE" && change.before.profile === change.after.profile;

/**
 * Whether it is a deletion with --cascade=orphan: the garbage collector removes the owner and keeps pods and claims.
 */
export const leavesPods = ({ change }: Case): boolean =>
  change.operation === "DELETE" && change.orphans === true;

/** The StatefulSet that is changed: as it is now, or as it would be created. */
export function subjectOf({ change }: Pick<Case, "change">): SetState {
  return change.operation === "CREATE" ? change.after : change.before;
}
