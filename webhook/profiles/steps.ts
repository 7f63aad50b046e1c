// The steps of a profile: what is to be done in a pod, and what proves it.
import * as z from "zod";
import { type PlanStep, STEP_NAME, STEP_NAME_RULE } from "../../init/contract/plan.ts";
import { argv, duration, parseSeconds } from "./fields.ts";

export const step = z.strictObject({
  name: z.string().regex(STEP_NAME, STEP_NAME_RULE).describe("Names the step in logs, markers and messages"),
  scope: z
    .enum(["Pod", "Release"])
    .describe(
      "Pod: once for each pod and its marker; Release: once for each release, by one pod of the StatefulSet, while the " +
        "others wait and then verify",
    ),
  run: argv.describe("Does the work. Its exit code is reported, but verify decides"),
  verify: argv.describe("Proves the work: exit 0. Only then the step is marked as done"),
  recheck: argv.optional().describe("A cheaper verify for a step that is marked already"),
  timeout: duration.default("10m").describe("Limit for each command of the step, such as 30s or 10m"),
  retries: z.int().min(0).max(100).default(3).describe("How often it is tried again, with growing pauses"),
});

const SCOPES = { Pod: "pod", Release: "release" } as const;

/** A step as the plan carries it. */
export function compileStep({ timeout, recheck, scope, ...rest }: z.infer<typeof step>): PlanStep {
  return {
    ...rest,
    scope: SCOPES[scope],
    ...(recheck === undefined ? {} : { still: recheck }),
    timeoutSeconds: parseSeconds(timeout),
  };
}
