import { patchSpec } from "../commands.ts";
import { message, setOf } from "../messages.ts";
import { rule, wasPicked } from "../rule.ts";
import type { SetState } from "../setState.ts";

const ONE = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } } };

/** Two members that restart at once are a majority lost of three. */
export const maxUnavailableTooHigh = rule({
  name: "max-unavailable-too-high",
  code: "RC024",
  says: "A rolling update of a ring would take more than one member away at a time (maxUnavailable).",
  needs: [],
  concerns: ({ ring, change }) => ring !== null && change.operation !== "DELETE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (after === null) return null;
    const most = mostUnavailable(after);
    if (most <= 1) return null;
    // a percentage says more of more replicas, so what counts is what it comes to
    if (before !== null && wasPicked(asked) && mostUnavailable(before) >= most) return null;
    const away = Number.isFinite(most)
      ? `${most} of ${after.ordinals.replicas} members`
      : "nobody knows how many members";
    return message(
      `${setOf(asked)}: with updateStrategy.rollingUpdate.maxUnavailable ${JSON.stringify(after.maxUnavailable)}, ${away} could be away at ` +
        `once during a rolling update, and a ring bears the restart of one at a time. Set it to 1, then ask again`,
      ...(before === null ? [] : [patchSpec(asked, ONE)]),
    );
  },
});

/** A percentage is rounded down, but not below 1, as the controller does (stateful_set_utils.go, getStatefulSetMaxUnavailable). */
function mostUnavailable({ maxUnavailable, ordinals }: SetState): number {
  if (maxUnavailable === null) return 1;
  if (typeof maxUnavailable === "number") return maxUnavailable;
  const percent = /^(\d{1,3})%$/.exec(maxUnavailable)?.[1];
  // what nobody understands is not taken for one
  return percent === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(1, Math.floor((Number(percent) * ordinals.replicas) / 100));
}
