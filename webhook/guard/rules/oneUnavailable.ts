import { patchSpec } from "../commands.ts";
import { rule } from "../rule.ts";
import type { SetState } from "../state.ts";
import { message, setOf } from "../words.ts";

const ONE = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } } };

/** Two members that restart at once are a majority lost of three. */
export const oneUnavailable = rule({
  name: "one-unavailable",
  code: "RC024",
  says: "A rolling update of a ring would take more than one member away at a time (maxUnavailable).",
  needs: [],
  concerns: ({ ring, change }) => ring !== null && change.operation !== "DELETE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (after === null) return null;
    const most = mostUnavailable(after);
    if (most <= 1 || (before !== null && before.maxUnavailable === after.maxUnavailable)) return null;
    return message(
      `${setOf(asked)}: updateStrategy.rollingUpdate.maxUnavailable is ${after.maxUnavailable}, so ${most} members could be away at once, ` +
        `which may be a majority of the ring. Set it to 1`,
      ...(before === null ? [] : [patchSpec(asked, ONE)]),
    );
  },
});

/** A percentage is rounded up, as the controller does. */
function mostUnavailable({ maxUnavailable, ordinals }: SetState): number {
  if (maxUnavailable === null) return 1;
  if (typeof maxUnavailable === "number") return maxUnavailable;
  const percent = /^(\d{1,3})%$/.exec(maxUnavailable)?.[1];
  // what nobody understands is not taken for one
  return percent === undefined
    ? Number.POSITIVE_INFINITY
    : Math.ceil((Number(percent) * ordinals.replicas) / 100);
}
