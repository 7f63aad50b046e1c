// How a person takes a lost member out of its ring and lets it join anew: from the lowest healthy other one, since the lost
// one's pod has no container that runs.
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";
import { findLowestHealthy } from "../../../init/engine/ring/view.ts";
import type { OzoneContext, OzoneObservation } from "./context.ts";

/** Commands for a shell, in their order; none where nobody leads, or nobody else is healthy. */
export function listRecoveryCommands(
  { plan, ozone, me }: OzoneContext,
  { live, superset }: OzoneObservation,
): string[] {
  if (live.is !== "led") return [];
  const from = findLowestHealthy(live.ring, superset, me);
  if (from === null) return [];
  const { namespace } = plan.identity;
  const exec = ["kubectl", "-n", namespace, "exec", from, "-c", ozone.container, "--"];
  return ["evict", "rejoin"].map((tool) =>
    [...exec, ...buildRunnerCommand(RUNNER_MOUNT, "om", tool, me)].join(" "),
  );
}
