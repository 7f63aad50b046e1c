import { formatPatchSpec } from "../commands.ts";
import { buildMessage, groupCommands, openDenial } from "../messages.ts";
import { defineRule, keepsProfile } from "../rule.ts";
import type { SetState } from "../setState.ts";

const ONE = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } } };

/** In a ring of three, two members that restart at once cost the majority. */
export const maxUnavailableTooHigh = defineRule({
  name: "max-unavailable-too-high",
  code: "RC024",
  says: "A rolling update of a ring would stop more than one member at a time (maxUnavailable).",
  needs: [],
  appliesTo: ({ ring, change }) => ring !== null && change.operation !== "DELETE",
  evaluate: (review) => {
    const { before, after } = review.change;
    if (after === null) return null;
    const most = computeMaxUnavailable(after);
    if (most <= 1) return null;
    // a percentage grows with the replicas, so the resulting number is compared
    if (before !== null && keepsProfile(review) && computeMaxUnavailable(before) >= most) return null;
    const away = Number.isFinite(most)
      ? `${most} of ${after.ordinals.replicas} members`
      : "an unknown number of members";
    return buildMessage(
      `${openDenial(review, `updateStrategy.rollingUpdate.maxUnavailable is ${JSON.stringify(after.maxUnavailable)}, so a rolling update could stop ${away} at once, and a ring tolerates one`)} ` +
        "Set it to 1, then retry.",
      groupCommands("Sets it to 1:", ...(before === null ? [] : [formatPatchSpec(review, ONE)])),
    );
  },
});

/**
 * Rounds a percentage down, but not below 1, as the controller does (stateful_set_utils.go,
 * getStatefulSetMaxUnavailable).
 */
function computeMaxUnavailable({ maxUnavailable, ordinals }: SetState): number {
  if (maxUnavailable === null) return 1;
  if (typeof maxUnavailable === "number") return maxUnavailable;
  const percent = /^(\d{1,3})%$/.exec(maxUnavailable)?.[1];
  // an unknown notation is never taken for 1
  return percent === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(1, Math.floor((Number(percent) * ordinals.replicas) / 100));
}
