import { lockLease, recordLease } from "../../../init/contract/record.ts";
import { kubectl } from "../commands.ts";
import type { Evidence } from "../evidence.ts";
import { isRingDrop } from "../going.ts";
import { holds } from "../ordinals.ts";
import { type Case, type Finding, rule, subjectOf } from "../rule.ts";
import { message, setOf } from "../words.ts";

/** I7: a ring changes its members one by one, and a change that has begun must end first. */
export const oneChangeAtATime = rule({
  name: "one-change-at-a-time",
  code: "RC016",
  says: "A member is joining or leaving right now, and what has begun must end first.",
  needs: ["record", "lock", "pods"],
  concerns: (asked) => isRingDrop(asked) || isPauseOfLeavers(asked),
  decide: (asked, evidence) => {
    const { record, lock, pods } = evidence;
    if ("unknown" in record) return { unknown: `its record could not be read: ${record.unknown}` };
    if (asked.toZero) {
      if ("unknown" in pods) return { unknown: `its pods could not be listed: ${pods.unknown}` };
      return whileLeaving(asked, [...intentsOf(evidence), ...beyond(asked, pods.known)]);
    }
    if ("unknown" in lock) return { unknown: `its lock could not be read: ${lock.unknown}` };
    const { name } = subjectOf(asked);
    const [leaver] = intentsOf(evidence);
    if (leaver !== undefined) {
      return message(
        `${setOf(asked)}: ${leaver} has begun to leave and has not ended. Wait until it has, then ask again; if that pod is gone, ` +
          `scale up so that it comes back: it ends what it began. This shows how far it is (intents, tombstones)`,
        kubectl(asked, "get", "lease", recordLease(name), "-o", "yaml"),
        kubectl(asked, "get", "pod", leaver),
      );
    }
    if (lock.known === null) return null;
    return message(
      `${setOf(asked)}: a pod is joining or leaving the ring: ${lock.known} (pod uid / run) holds the lock ${lockLease(name)}. Wait until it has ` +
        `ended, then ask again; a lock whose holder is dead expires by itself. This shows it`,
      kubectl(asked, "get", "lease", lockLease(name), "-o", "yaml"),
    );
  },
});

/** Where pods leave by themselves they take zero replicas for a pause, also in the middle: and would be counted as gone. */
const isPauseOfLeavers = ({ toZero, profile }: Case): boolean => toZero && profile.drop.policy === "managed";

const intentsOf = ({ record }: Pick<Evidence, "record">): string[] =>
  Object.keys(("known" in record ? record.known?.intents : undefined) ?? {});

/** Pods of a drop before this one that have not gone yet. */
function beyond(asked: Case, pods: readonly { name: string; ordinal: number }[]): string[] {
  const { ordinals } = subjectOf(asked);
  return pods.filter(({ ordinal }) => !holds(ordinals, ordinal)).map(({ name }) => name);
}

function whileLeaving(asked: Case, leavers: readonly string[]): Finding {
  if (leavers.length === 0) return null;
  const [first = "", ...others] = new Set(leavers);
  return message(
    `${setOf(asked)} would be scaled to zero while ${[first, ...others.slice(0, 9)].join(", ")} ${others.length === 0 ? "is" : "are"} still leaving from a drop before. At zero ` +
      `replicas no pod leaves, so it would be neither gone nor counted. Wait until it is gone, then ask again; this shows it`,
    kubectl(asked, "get", "pod", first),
  );
}
