// Evidence without a cluster, for `rollcall check` (docs/architecture.md#command-line): what only a cluster can tell is
// assumed to be good, and each assumption is listed in a sentence. The ring is never assumed.

import { RECORD_SCHEMA, type WorkloadRecord } from "../../init/contract/record.ts";
import { buildGoodPods, MOST_PODS } from "./assumptions.ts";
import { selectRules } from "./decide.ts";
import {
  buildEvidence,
  type Evidence,
  getAssumedEvidence,
  type LivePod,
  type OfflineFacts,
} from "./evidence.ts";
import { countOrdinals, includesOrdinal } from "./ordinals.ts";
import type { ScaleDownReview } from "./rule.ts";

/** A time that no rule reads. */
const AT = "1970-01-01T00:00:00Z";

/**
 * Evidence to which no rule objects, except for what the files and the ring say.
 * @param pods those that run
 */
export function assumeEvidence(
  review: ScaleDownReview,
  { ring, service }: OfflineFacts,
  pods: readonly LivePod[] = buildGoodPods(review),
): Evidence {
  const going = countOrdinals(review.removed);
  return {
    ...buildEvidence(getAssumedEvidence),
    record: { known: review.profile.drop.policy === "drained" ? buildDrainedRecord(review, pods) : null },
    pods:
      going > MOST_PODS
        ? { unknown: `${going} pods would be removed, and at most ${MOST_PODS} are checked` }
        : { known: pods },
    ring,
    service: service === null ? getAssumedEvidence("service") : { known: service },
  };
}

/**
 * The assumptions on which the decision depends, one sentence each.
 * @param denied the name of the rule that denied, after which none was evaluated; null: all were
 * @param isOverridden a valid override is set, so that only rules that cannot be overridden matter
 */
export function listAssumptions(
  review: ScaleDownReview,
  offline: OfflineFacts,
  { denied, isOverridden }: { denied: string | null; isOverridden: boolean },
): string[] {
  const rules = selectRules(review).filter(({ noOverride }) => !isOverridden || noOverride === true);
  const last = denied === null ? -1 : rules.findIndex(({ name }) => name === denied);
  const ran = last === -1 ? rules : rules.slice(0, last + 1);
  // several rules may assume the same
  return [...new Set(ran.flatMap(({ assumes }) => assumes?.(review, offline) ?? []))];
}

function buildDrainedRecord({ profile, removed }: ScaleDownReview, pods: readonly LivePod[]): WorkloadRecord {
  const going = pods.filter(({ ordinal }) => includesOrdinal(removed, ordinal));
  return {
    schema: RECORD_SCHEMA,
    kind: profile.kind,
    profile: profile.name,
    base: profile.nodeId.base,
    seq: 0,
    fence: 0,
    drained: Object.fromEntries(going.map(({ name, uid }) => [name, { podUid: uid, at: AT }])),
    intents: {},
    tombstones: {},
  };
}
