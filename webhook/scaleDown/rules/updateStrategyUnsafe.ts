import { patchSpec } from "../commands.ts";
import { groupCommands, message, openDenial } from "../messages.ts";
import { rule, wasPicked } from "../rule.ts";

const GENTLE = ["RollingUpdate", "OnDelete"];

/** Recreate (alpha in Kubernetes 1.37) stops all members at every change of the template. */
export const updateStrategyUnsafe = rule({
  name: "update-strategy-unsafe",
  code: "RC025",
  says: "The update strategy of a ring would stop all members at once (Recreate, alpha in Kubernetes 1.37).",
  needs: [],
  concerns: ({ ring, change }) => ring !== null && change.operation !== "DELETE",
  decide: (asked) => {
    const { before, after } = asked.change;
    if (after === null || GENTLE.includes(after.updateStrategy)) return null;
    if (wasPicked(asked) && before?.updateStrategy === after.updateStrategy) return null;
    return message(
      `${openDenial(asked, `updateStrategy.type ${after.updateStrategy} stops all members of the ring at once`)} Use RollingUpdate.`,
      groupCommands(
        "Sets RollingUpdate:",
        ...(before === null ? [] : [patchSpec(asked, { updateStrategy: { type: "RollingUpdate" } })]),
      ),
    );
  },
});
