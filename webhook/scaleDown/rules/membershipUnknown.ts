import { listNames } from "../../kubernetes/shorten.ts";
import type { StatusEndpoint } from "../../profiles/ringProfile.ts";
import { formatKubectl, formatRunnerCommand, quoteShellWord } from "../commands.ts";
import { buildMessage, groupCommands, inspectWith, openDenial } from "../messages.ts";
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
    const look = [
      inspectWith(
        formatKubectl(review, "get", "pods", "-o", "wide"),
        ...formatRingCommand(review, unanswered),
        ...unanswered.slice(0, 1).map((pod) => formatLogs(review, pod)),
      ),
      groupCommands(
        "Asks a member through the API server (if this prints JSON, a NetworkPolicy or a mesh keeps the webhook from its port):",
        ...unanswered.slice(0, 1).map((pod) => formatPortTest(review, pod)),
      ),
    ];
    if ("unknown" in ring) {
      return buildMessage(
        `${openDenial(review, `the members of the ring are unknown: ${ring.unknown}`)} ${ring.remedy ?? formatAdvice(review, unanswered)} ` +
          "A member may be removed only if all members that answer agree on leader, term and members, and none is missing.",
        ...look,
      );
    }
    const strange = ring.known.members.find(({ id }) => parseOrdinal(id, name) === null);
    if (strange === undefined) return null;
    return buildMessage(
      `${openDenial(review, `the ring has a member ${strange.id} that is not a pod of ${name}, so it is unknown which members would be removed`)} ` +
        `Each member's ID (${review.ring?.idSetting}) must be the name of its pod.`,
      ...look,
    );
  },
});

function formatAdvice(review: ScaleDownReview, unanswered: readonly string[]): string {
  if (unanswered.length === 0) return "Bring back missing members, then retry.";
  const others = unanswered.length < getTargetSet(review).ordinals.replicas;
  return (
    `${others ? `No usable answer came from ${listNames(unanswered)}. ` : ""}Start the members that do not run. If they run, the webhook must reach their port ` +
    `${review.ring?.status.port} (NetworkPolicy, service mesh). Then retry.`
  );
}

const formatLogs = (review: ScaleDownReview, pod: string): string =>
  formatKubectl(review, "logs", pod, "-c", review.profile.containers[0], "--tail=50");

/** As the webhook asks it, but by the API server's connection to the pod. */
function formatPortTest(review: ScaleDownReview, pod: string): string {
  const { port, path, tls }: StatusEndpoint = review.ring?.status ?? { port: 0, path: "/" };
  const { namespace } = getTargetSet(review);
  // with the prefix the API server speaks HTTPS; it does not verify the certificate
  const target = `${tls === undefined ? "" : "https:"}${pod}:${port}`;
  return `kubectl get --raw ${quoteShellWord(`/api/v1/namespaces/${namespace}/pods/${target}/proxy${path}`)}`;
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
