// The code of a plan's kind, where it has any in the runner.
import { RUNNER_PRESETS } from "../../presets/runner.ts";
import type { Plan } from "../contract/plan.ts";
import type { World } from "../engine/ports.ts";
import type { PresetHost, PresetRunner } from "../engine/preset.ts";
import { openRingWorld } from "../world/open.ts";

/** Loads the code of the plan's kind, and no other. */
export async function loadPreset(plan: Plan): Promise<PresetRunner | { wrong: string }> {
  const found = RUNNER_PRESETS.find(({ kind }) => kind === plan.identity.kind);
  // nothing of it is needed where the plan has no part of its kind's own
  if (found === undefined || plan.preset === undefined)
    return plan.ring === undefined
      ? {}
      : { wrong: `ROLLCALL_PLAN: preset: a ring's plan says what its kind needs` };
  const preset = await found.load();
  const fault = preset.findPlanFault?.(plan) ?? null;
  return fault === null ? preset : { wrong: `ROLLCALL_PLAN: ${fault}` };
}

export const makeHost = (world: World): PresetHost => ({
  world,
  openRingWorld: (ring) => openRingWorld(ring, world),
});
