// Evidence without a cluster, for `rollcall check` (docs/architecture.md#command-line): what only a cluster can tell is
// assumed to be good, and each assumption is listed in a sentence. The ring is never assumed.

import { RECORD_SCHEMA, type Record } from "../../init/contract/record.ts";
import { goodPods, MOST_PODS } from "./assumptions.ts";
import { rulesFor } from "./decide.ts";
import { assumedAnswer, buildEvidence, type Evidence, type LivePod, type Offline } from "./evidence.ts";
import { countOf, isIn } from "./ordinals.ts";
import type { Case } from "./rule.ts";

/** A time that no rule reads. */
const AT = "1970-01-01T00:00:00Z";

/**
 * Evidence to which no rule objects, except for what the files and the ring say.
 * @param pods those that run
 */
export function assumedEvidence(
  asked: Case,
  { ring, service }: Offline,
  pods: readonly LivePod[] = goodPods(asked),
): Evidence {
  const going = countOf(asked.removed);
  return {
    ...buildEvidence(assumedAnswer),
    record: { known: asked.profile.drop.policy === "drained" ? drained(asked, pods) : null },
    pods:
      going > MOST_PODS
        ? { unknown: `${going} pods would be removed, and at most ${MOST_PODS} are checked` }
        : { known: pods },
    ring,
    service: service === null ? assumedAnswer("service") : { known: service },
  };
}

/**
 * The assumptions of the rules that were evaluated, one sentence each.
 * @param denied the name of the rule that denied, after which none was evaluated; null: all were
 */
export function assumptionsOf(asked: Case, offline: Offline, denied: string | null): string[] {
  const rules = rulesFor(asked);
  const last = denied === null ? -1 : rules.findIndex(({ name }) => name === denied);
  const ran = last === -1 ? rules : rules.slice(0, last + 1);
  return ran.flatMap(({ assumes }) => assumes?.(asked, offline) ?? []);
}

function drained({ profile, removed }: Case, pods: readonly LivePod[]): Record {
  const going = pods.filter(({ ordinal }) => isIn(removed, ordinal));
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
