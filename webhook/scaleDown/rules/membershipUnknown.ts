import { listNames } from "../../kubernetes/shorten.ts";
import { formatKubectl, formatRunnerCommand } from "../commands.ts";
import { buildMessage, inspectWith, openDenial } from "../messages.ts";
import { parseOrdinal } from "../ordinals.ts";
import { isRingScaleDown } from "../removedPods.ts";
import { defineRule, getTargetSet, type ScaleDownReview } from "../rule.ts";

/** Unknown means deny (I6 in docs/architecture.md). Without a leader no member can leave in order. */
export const membershipUnknown = defineRule({
  name: "membership-unknown",
  code: "RC017",
  says: "The members of the ring are unknown, so no member may be removed.",
  needs: ["ring"],
  appliesTo: isRingScaleDown,
  evaluate: (review, { ring }) => {
    const { name } = getTargetSet(review);
    const unanswered = "unknown" in ring ? (ring.unanswered ?? []) : [];
    const look = inspectWith(
      formatKubectl(review, "get", "pods", "-o", "wide"),
      ...formatRingCommand(review, unanswered),
    );
    if ("unknown" in ring) {
      return buildMessage(
        `${openDenial(review, `the members of the ring are unknown: ${ring.unknown}`)} A member may be removed only if all members that answer ` +
          `agree on leader, term and members, and none is missing. ${ring.remedy ?? formatAdvice(review, unanswered)}`,
        look,
      );
    }
    const strange = ring.known.members.find(({ id }) => parseOrdinal(id, name) === null);
    if (strange === undefined) return null;
    return buildMessage(
      `${openDenial(review, `the ring has a member ${strange.id} that is not a pod of ${name}, so it is unknown which members would be removed`)} ` +
        `Each member's ID (${review.ring?.idSetting}) must be the name of its pod.`,
      look,
    );
  },
});

function formatAdvice({ ring }: ScaleDownReview, unanswered: readonly string[]): string {
  if (unanswered.length === 0) return "Bring back missing members, then retry.";
  return (
    `No usable answer came from ${listNames(unanswered)}. Start those that do not run. If they run, the webhook must reach their port ` +
    `${ring?.status.port} (NetworkPolicy, service mesh). Then retry.`
  );
}

/** Commands that show the ring's state in the lowest pod that answered, or in the lowest one if none did. */
function formatRingCommand(review: ScaleDownReview, unanswered: readonly string[]): string[] {
  const { name, ordinals } = getTargetSet(review);
  const { command } = review.ring ?? {};
  if (command === undefined || ordinals.replicas === 0) return [];
  const silent = new Set(unanswered);
  const count = Math.min(ordinals.replicas, silent.size + 1);
  const pods = Array.from({ length: count }, (_, index) => `${name}-${ordinals.start + index}`);
  const pod = pods.find((each) => !silent.has(each)) ?? `${name}-${ordinals.start}`;
  return [formatRunnerCommand(review, pod, command, "ring")];
}
