// The commands by which a person evicts a member with lost state and lets it rejoin. They run in the lowest healthy
// other member, because the lost member's pod has no running container.
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";
import { findLowestHealthy } from "../../../init/engine/ring/view.ts";
import type { OzoneContext, OzoneObservation } from "./context.ts";

/** Shell commands, in order; empty without a leader or another healthy member. */
export function listRecoveryCommands(
  { plan, ozone, me }: OzoneContext,
  { live, possibleMembers }: OzoneObservation,
): string[] {
  if (live.is !== "led") return [];
  const from = findLowestHealthy(live.ring, possibleMembers, me);
  if (from === null) return [];
  const { namespace } = plan.identity;
  const exec = ["kubectl", "-n", namespace, "exec", from, "-c", ozone.container, "--"];
  return ["evict", "rejoin"].map((tool) =>
    [...exec, ...buildRunnerCommand(RUNNER_MOUNT, "om", tool, me)].join(" "),
  );
}
