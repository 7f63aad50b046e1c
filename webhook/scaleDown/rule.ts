// A rule is data and one function. It is named like its file; its code never changes and is never reused
// (docs/architecture.md#codes). The list of codes in the documentation is generated from the rules.

import type { Profile } from "../profiles/profile.ts";
import type { RingProfile } from "../profiles/ringProfile.ts";
import type { SetChange } from "./change.ts";
import type { Evidence, EvidenceKind, OfflineFacts, UnknownReason } from "./evidence.ts";
import { findRemovedSpans, type Span } from "./ordinals.ts";
import { type Maintenance, readMaintenance } from "./overrides.ts";
import type { SetState } from "./setState.ts";

/** A change and the profile that governs it: the one before the change, if there was one. */
export interface ScaleDownReview {
  readonly change: SetChange;
  readonly profile: Profile;
  /** null: these pods do not form a ring */
  readonly ring: RingProfile | null;
  /** ordinals that would be removed */
  readonly removed: readonly Span[];
  /** all pods would be stopped, and the StatefulSet stays */
  readonly toZero: boolean;
  readonly maintenance: Maintenance;
}

/** Commands of a denial, under a line that says what they do. */
export interface CommandGroup {
  readonly intro: string;
  readonly commands: readonly string[];
}

/** The message of a denial: what is denied and why, then what to do, then the commands (messages.ts). */
export interface RuleDenial {
  readonly message: string;
  /** show the override although the message has commands */
  readonly offerOverride?: boolean;
  /** commands that have more consequences than the override, which stands before them */
  readonly lastResort?: CommandGroup;
}

/**
 * What a rule finds. null: no objection. `unknown`: evidence that it needs is missing, in words that follow "cannot
 * evaluate the rule: ".
 */
export type RuleFinding = null | RuleDenial | Pick<UnknownReason, "unknown" | "remedy">;

export interface Rule {
  readonly name: string;
  readonly code: `RC0${number}`;
  /** one sentence for the documentation and for Events */
  readonly says: string;
  readonly needs: readonly EvidenceKind[];
  /** it cannot be overridden, since it protects other StatefulSets */
  readonly noOverride?: true;
  /** what `rollcall check` assumes for it without a cluster; none: it depends on the change and the ring alone */
  assumes?(this: void, review: ScaleDownReview, offline: OfflineFacts): string[];
  /** whether the rule applies: its evidence is gathered only then */
  appliesTo(this: void, review: ScaleDownReview): boolean;
  evaluate(this: void, review: ScaleDownReview, evidence: Evidence): RuleFinding;
}

/** A rule receives the evidence that it names in `needs`, and no other. */
export function defineRule<const N extends EvidenceKind>(
  given: Omit<Rule, "needs" | "evaluate"> & {
    needs: readonly N[];
    evaluate(this: void, review: ScaleDownReview, evidence: Pick<Evidence, N>): RuleFinding;
  },
): Rule {
  return given;
}

export function buildReview(change: SetChange, profile: Profile): ScaleDownReview {
  const { before, after } = change;
  const removed =
    before === null
      ? []
      : findRemovedSpans(before.ordinals, after === null ? { start: 0, replicas: 0 } : after.ordinals);
  return {
    change,
    profile,
    ring: profile.ring,
    removed,
    toZero: after !== null && after.ordinals.replicas === 0 && removed.length > 0,
    maintenance: readMaintenance((change.operation === "DELETE" ? change.before : change.after).annotations),
  };
}

/** Whether the profile protects its pods. */
export const isGuarded = ({ profile }: ScaleDownReview): boolean => profile.drop.policy !== "allow";

/** Whether some ordinals are removed while others stay. Scaling to zero is maintenance instead. */
export const removesSomePods = ({ change, removed, toZero }: ScaleDownReview): boolean =>
  change.operation === "UPDATE" && removed.length > 0 && !toZero;

/** Whether the profile was selected before, too: a fault that existed then must not block unrelated updates. */
export const keepsProfile = ({ change }: ScaleDownReview): boolean =>
  change.operation === "UPDATE" && change.before.profile === change.after.profile;

/**
 * Whether it is a deletion with --cascade=orphan: the garbage collector removes the owner and keeps pods and claims.
 */
export const orphansPods = ({ change }: ScaleDownReview): boolean =>
  change.operation === "DELETE" && change.orphans === true;

/** The StatefulSet that is changed: as it is now, or as it would be created. */
export function getTargetSet({ change }: Pick<ScaleDownReview, "change">): SetState {
  return change.operation === "CREATE" ? change.after : change.before;
}
