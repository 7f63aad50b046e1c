// Evidence without a cluster, for `rollcall check` (docs/architecture.md#command-line): what only a cluster can tell is
// assumed to be good, and each assumption is listed in a sentence. The ring is never assumed.

import { lockLease, RECORD_SCHEMA, type Record, recordLease } from "../../init/contract/record.ts";
import type { Ring } from "../../init/contract/ring/agree.ts";
import { rulesFor } from "./decide.ts";
import type { Evidence, Known, LivePod } from "./evidence.ts";
import { podsOf } from "./messages.ts";
import { countOf, fromHighest, isIn } from "./ordinals.ts";
import { goingPods } from "./removedPods.ts";
import { type Case, subjectOf } from "./rule.ts";

/** What can be known without a cluster. */
export interface Offline {
  readonly ring: Known<Ring>;
  /** the Service of spec.serviceName; null: the files do not have it */
  readonly service: { readonly publishesNotReady: boolean } | null;
}

/** The most pods that are listed: spec.replicas may be 2^31 - 1. */
export const MOST_PODS = 10_000;

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
    record: { known: asked.profile.drop.policy === "drained" ? drained(asked, pods) : null },
    lock: { known: null },
    pods:
      going > MOST_PODS
        ? { unknown: `${going} pods would be removed, and at most ${MOST_PODS} are checked` }
        : { known: pods },
    ring,
    rights: { known: { lacking: null } },
    service: { known: service ?? { publishesNotReady: true } },
    namespace: { known: { terminating: false } },
  };
}

/**
 * The assumptions of the rules that were evaluated, one sentence each.
 * @param denied the name of the rule that denied, after which none was evaluated; null: all were
 */
export function assumptionsOf(asked: Case, offline: Offline, denied: string | null): string[] {
  const rules = rulesFor(asked).map(({ name }) => name);
  const last = denied === null ? -1 : rules.indexOf(denied);
  const ran = last === -1 ? rules : rules.slice(0, last + 1);
  return ran.flatMap((name) => SENTENCES[name]?.(asked, offline) ?? []);
}

/** By the rule that depends on them. Rules that are not here depend on the change and the ring alone. */
export const SENTENCES: Readonly<{ [rule: string]: (asked: Case, offline: Offline) => string[] }> = {
  "not-ready-addresses-unpublished": (asked, { service }) => {
    const name = subjectOf(asked).set.spec.serviceName ?? "";
    return service === null ? [`Service ${name} publishes addresses that are not ready`] : [];
  },
  "recreated-smaller": (asked) => [
    `an earlier StatefulSet ${nameOf(asked)} has left no other pods than these`,
    `the record (Lease ${recordLease(subjectOf(asked).name)}) lists no other members than these`,
  ],
  "fewer-than-recorded": (asked) => [
    `the record (Lease ${recordLease(subjectOf(asked).name)}) lists no more pods than would come back`,
  ],
  "not-drained": areDrained,
  "pods-still-exist": (asked) => (asked.profile.drop.policy === "drained" ? areDrained(asked) : []),
  "leaving-member-down": (asked, offline) =>
    going(asked, offline, (pods, isOne) => `${pods} ${isOne ? "runs" : "run"}`),
  "prestop-missing": (asked, offline) =>
    going(asked, offline, (pods, isOne) => `${pods} ${isOne ? "runs" : "run"} with Rollcall's preStop hook`),
  // only a cluster knows which pods an earlier scale-down has left
  "scale-down-deletes-volumes": (asked) =>
    asked.removed.length > 0 ? [] : [`no pod of ${nameOf(asked)} is still being removed`],
  "member-role-missing": (asked, offline) => going(asked, offline, (pods) => rightsOf(pods)),
  "membership-change-in-progress": (asked) => [
    `no pod holds the lock (Lease ${lockLease(subjectOf(asked).name)})`,
    `the record (Lease ${recordLease(subjectOf(asked).name)}) has no member that is leaving`,
  ],
};

const rightsOf = (pods: string): string =>
  `the service account of ${pods} has the permissions of ClusterRole rollcall-member`;

/** A pod that drains writes the record with its own service account. */
function areDrained(asked: Case): string[] {
  const isOne = countOf(asked.removed) === 1;
  const pods = podsOf(asked);
  return [
    `${pods} ${isOne ? "has drained and was" : "have drained and were"} not recreated since`,
    rightsOf(pods),
  ];
}

function going(asked: Case, { ring }: Offline, say: (pods: string, isOne: boolean) => string): string[] {
  const names = goingPods(asked, goodPods(asked), ring).map(({ name }) => name);
  return names.length === 0 ? [] : [say(short(names), names.length === 1)];
}

function short(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

function nameOf(asked: Case): string {
  const { namespace, name } = subjectOf(asked);
  return `${namespace}/${name}`;
}

/** Pods that would be removed, each in a state to which no rule objects, highest ordinal first. */
function goodPods(asked: Case): LivePod[] {
  const { name, set } = subjectOf(asked);
  const { serviceAccountName } = set.spec.template.spec;
  return fromHighest(asked.removed, MOST_PODS).map((ordinal) => ({
    name: `${name}-${ordinal}`,
    ordinal,
    uid: `${name}-${ordinal}`,
    running: true,
    ip: null,
    serviceAccount: typeof serviceAccountName === "string" ? serviceAccountName : "default",
    leaves: true,
  }));
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
