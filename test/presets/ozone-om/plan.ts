// An Ozone Manager's part of a plan, as the runner reads it.
import type { Plan } from "../../../init/contract/plan.ts";
import { type PlanOzone, readPlanOzone } from "../../../presets/ozone-om/contract/plan.ts";

/** @throws if the plan has no valid one */
export function readOzone(plan: Plan): PlanOzone {
  const read = readPlanOzone(plan);
  if ("wrong" in read) throw new Error(read.wrong);
  return read.ozone;
}

/** The fields of a plan of this ring. */
export const buildRingFields = (ozone: PlanOzone): Pick<Plan, "ring" | "preset"> => ({
  ring: { name: ozone.serviceId },
  preset: ozone,
});
