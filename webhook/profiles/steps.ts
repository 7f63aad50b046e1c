// The steps of a profile: commands that do a part of the bootstrap, and commands that verify it.
import * as z from "zod";
import { type PlanStep, STEP_NAME, STEP_NAME_RULE } from "../../init/contract/plan.ts";
import { argv, duration, parseSeconds } from "./fields.ts";

export const step = z.strictObject({
  name: z.string().regex(STEP_NAME, STEP_NAME_RULE).describe("The step's name in logs, markers and messages"),
  scope: z
    .enum(["Pod", "Release"])
    .describe(
      "Pod: done once in each pod; Release: done once for each release by one pod of the StatefulSet, while the others " +
        "wait and then verify",
    ),
  run: argv.describe("Does the work. Its exit code is reported, but verify decides"),
  verify: argv.describe("Proves by exit code 0 that the work is done. Only then the step is marked as done"),
  recheck: argv.optional().describe("A cheaper verify for a step that is already marked as done"),
  timeout: duration.default("10m").describe("Limit for each command of the step, such as 30s or 10m"),
  retries: z
    .int()
    .min(0)
    .max(100)
    .default(3)
    .describe("How often a failed step is retried, with growing delays"),
});

const SCOPES = { Pod: "pod", Release: "release" } as const;

export function compileStep({ timeout, recheck, scope, ...rest }: z.infer<typeof step>): PlanStep {
  return {
    ...rest,
    scope: SCOPES[scope],
    ...(recheck === undefined ? {} : { still: recheck }),
    timeoutSeconds: parseSeconds(timeout),
  };
}
