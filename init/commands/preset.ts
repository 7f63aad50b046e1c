// The code of a plan's kind, where it has any in the runner.
import { RUNNER_PRESETS } from "../../presets/runner.ts";
import type { Plan } from "../contract/plan.ts";
import type { World } from "../engine/ports.ts";
import type { PlanRunner, PresetHost } from "../engine/preset.ts";
import { openRingWorld } from "../world/open.ts";

/** How a plan is carried out where its kind has a way of its own. Only that kind's code is loaded. */
export async function openPlan(plan: Plan): Promise<PlanRunner | { wrong: string }> {
  const found = RUNNER_PRESETS.find(
    ({ kind, ownsPlans }) => kind === plan.identity.kind && ownsPlans === true,
  );
  if (found === undefined)
    return plan.ring === undefined
      ? {}
      : { wrong: `ROLLCALL_PLAN: ring: kind ${plan.identity.kind} has none` };
  const opened = (await found.load()).openPlan?.(plan) ?? {};
  return "wrong" in opened ? { wrong: `ROLLCALL_PLAN: ${opened.wrong}` } : opened;
}

export const makeHost = (world: World): PresetHost => ({
  world,
  openRingWorld: (ring) => openRingWorld(ring, world),
});
