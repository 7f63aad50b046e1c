// What a rule is: data and one function. Its name is its file's name; its code never changes and is never used
// again (docs/architecture.md#codes). docs/codes.md is generated from the rules.

import type { Profile } from "../profiles/profile.ts";
import type { RingProfile } from "../profiles/ring.ts";
import type { Change } from "./change.ts";
import type { Evidence, EvidenceKind, Offline } from "./evidence.ts";
import { removedOf, type Span } from "./ordinals.ts";
import { maintenanceIn } from "./overrides.ts";
import type { SetState } from "./setState.ts";

/** A change and the profile that judges it: that of before, where there was one. */
export interface Case {
  readonly change: Change;
  readonly profile: Profile;
  /** null: these pods are no ring */
  readonly ring: RingProfile | null;
  /** which ordinals would go */
  readonly removed: readonly Span[];
  /** all pods would go, and the set stays */
  readonly toZero: boolean;
  readonly maintenance: string | null;
}

/**
 * null: the rule has nothing against it. `unknown`: what it rests on could not be found out.
 * A message has up to three parts, by line: what and why, then the commands that make it right.
 */
export type Finding = null | { readonly message: string } | { readonly unknown: string };

export interface Rule {
  readonly name: string;
  readonly code: `RC0${number}`;
  /** one sentence for the docs */
  readonly says: string;
  readonly needs: readonly EvidenceKind[];
  /** no break glass: what it keeps is another StatefulSet's */
  readonly noOverride?: true;
  /** what `rollcall check` takes as good for it, where there is no cluster; none: it rests on the change and the ring */
  assumes?(this: void, asked: Case, offline: Offline): string[];
  /** whether there is anything for the rule to judge: what it needs is asked only then */
  concerns(this: void, asked: Case): boolean;
  decide(this: void, asked: Case, evidence: Evidence): Finding;
}

/** A rule gets the evidence that it names, and no other. */
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

/** Whether the profile lets go of nothing without a look. */
export const isGuarded = ({ profile }: Case): boolean => profile.drop.policy !== "allow";

/** Whether some ordinals go while others stay. All of them at once is a matter of maintenance. */
export const isDrop = ({ change, removed, toZero }: Case): boolean =>
  change.operation === "UPDATE" && removed.length > 0 && !toZero;

/** Whether the profile was picked before, too: what was wrong then is not made worse by a new image. */
export const wasPicked = ({ change }: Case): boolean =>
  change.operation === "UPDATE" && change.before.profile === change.after.profile;

/** A deletion that leaves pods and claims: the garbage collector takes their owner away, and deletes none of them. */
export const leavesPods = ({ change }: Case): boolean =>
  change.operation === "DELETE" && change.orphans === true;

/** The set that a case is about. */
export function subjectOf({ change }: Pick<Case, "change">): SetState {
  return change.operation === "CREATE" ? change.after : change.before;
}
