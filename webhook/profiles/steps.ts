// The steps of a profile: what is to be done in a pod, and what proves it.
import * as z from "zod";
import { type PlanStep, STEP_NAME, STEP_NAME_RULE } from "../../init/contract/plan.ts";
import { argv, duration, secondsOf } from "./fields.ts";

export const step = z.strictObject({
  name: z.string().regex(STEP_NAME, STEP_NAME_RULE).describe("Names the step in logs, markers and messages"),
  scope: z
    .enum(["pod", "release"])
    .default("pod")
    .describe(
      "pod: once for each pod and its marker; release: once for each release, by one pod of the StatefulSet, " +
        "while the others wait and then verify",
    ),
  run: argv.describe("Does the work. Its exit code is told, but verify decides"),
  verify: argv.describe("Proves the work: exit 0. Only then the step is marked as done"),
  still: argv.optional().describe("A cheaper verify for a step that is marked already"),
  timeout: duration.default("10m").describe("Limit for each command of the step"),
  retries: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(3)
    .describe("How often it is tried again, with growing pauses"),
});

/** A step as the plan carries it. */
export function planStepOf({ timeout, still, ...rest }: z.infer<typeof step>): PlanStep {
  return { ...rest, ...(still === undefined ? {} : { still }), timeoutSeconds: secondsOf(timeout) };
}
