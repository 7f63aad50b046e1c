// Evidence where there is no cluster: all that only a cluster can tell is taken as good, and what was taken so is
// told in sentences, rule by rule (docs/architecture.md#command-line). The ring is never taken as good.

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
  /** the Service of spec.serviceName, where the files have it; null: they do not */
  readonly service: { readonly publishesNotReady: boolean } | null;
}

/** Pods that are taken as good, at most: spec.replicas may be 2^31 - 1. */
export const MOST_PODS = 10_000;

/** A time that no rule looks at. */
const AT = "1970-01-01T00:00:00Z";

/**
 * Evidence that has nothing against a case, but for what the files and the ring say.
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
        ? { unknown: `${going} pods would go, and no more than ${MOST_PODS} are looked at` }
        : { known: pods },
    ring,
    rights: { known: { lacking: null } },
    service: { known: service ?? { publishesNotReady: true } },
    namespace: { known: { terminating: false } },
  };
}

/**
 * What was taken as good by the rules that were asked, one sentence each.
 * @param denied the name of the rule that denied: none after it was asked; null: all were
 */
export function assumptionsOf(asked: Case, offline: Offline, denied: string | null): string[] {
  const rules = rulesFor(asked).map(({ name }) => name);
  const last = denied === null ? -1 : rules.indexOf(denied);
  const ran = last === -1 ? rules : rules.slice(0, last + 1);
  return ran.flatMap((name) => SENTENCES[name]?.(asked, offline) ?? []);
}

/** By the rule that rests on it; rules that are not here rest on nothing but the change and the ring. */
export const SENTENCES: Readonly<{ [rule: string]: (asked: Case, offline: Offline) => string[] }> = {
  "not-ready-addresses-unpublished": (asked, { service }) => {
    const name = subjectOf(asked).set.spec.serviceName ?? "";
    return service === null ? [`Service ${name} publishes members that are not ready yet`] : [];
  },
  "recreated-smaller": (asked) => [
    `no pods of an earlier StatefulSet ${nameOf(asked)} run beyond those that it would have`,
    `the record (Lease ${recordLease(subjectOf(asked).name)}) knows no members beyond those that it would have`,
  ],
  "fewer-than-recorded": (asked) => [
    `the record (Lease ${recordLease(subjectOf(asked).name)}) knows no more pods than would come back`,
  ],
  "not-drained": areDrained,
  "pods-still-exist": (asked) => (asked.profile.drop.policy === "drained" ? areDrained(asked) : []),
  "leaving-member-down": (asked, offline) =>
    going(asked, offline, (pods, isOne) => `${pods} ${isOne ? "runs" : "run"}`),
  "prestop-missing": (asked, offline) =>
    going(
      asked,
      offline,
      (pods, isOne) => `${pods} ${isOne ? "runs" : "run"} with the preStop by which a pod leaves`,
    ),
  // how many pods of a drop before are left only a cluster can tell
  "scale-down-deletes-volumes": (asked) =>
    asked.removed.length > 0 ? [] : [`no pod of ${nameOf(asked)} is still going`],
  "member-role-missing": (asked, offline) => going(asked, offline, (pods) => rightsOf(pods)),
  "membership-change-in-progress": (asked) => [
    `nobody holds the lock (Lease ${lockLease(subjectOf(asked).name)})`,
    `no member is leaving by the record (Lease ${recordLease(subjectOf(asked).name)})`,
  ],
};

const rightsOf = (pods: string): string =>
  `the service account of ${pods} has the rights of ClusterRole rollcall-member`;

/** The pod that drains writes the record with its own account. */
function areDrained(asked: Case): string[] {
  const isOne = countOf(asked.removed) === 1;
  const pods = podsOf(asked);
  return [
    `${pods} ${isOne ? "is drained, and was" : "are drained, and were"} not recreated since`,
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

/** Pods that would go, each as a rule would like it, highest ordinal first; no more than are looked at. */
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
