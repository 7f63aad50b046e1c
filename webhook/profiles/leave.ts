// How a pod may go: the drop policy of a profile, and what `leave` does before.
import * as z from "zod";
import { DROP_POLICIES, type DropPolicy, type PlanLeave } from "../../init/contract/plan.ts";
import { argv, duration, secondsOf } from "./fields.ts";

export const leave = z.strictObject({
  run: argv.describe("Hands over what the pod has before its ordinal goes"),
  verify: argv.describe(
    "Proves that: exit 0. Only then the pod counts as having left. It must see something: what only looks for an absence " +
      "holds also where nobody answers",
  ),
  timeout: duration.default("10m").describe("Limit for each of the two commands"),
});

const POLICY_SAYS =
  "What becomes of a scale-down. allow: it passes; deny: it is refused; drained: each going pod was drained " +
  "beforehand; managed: the pods leave by themselves in a preStop. Both need leave. A deletion of the StatefulSet is no " +
  "scale-down: it passes once its pods are gone (drained: are drained), whatever minReplicas says";

export const minReplicas = z
  .number()
  .int()
  .min(0)
  // zero is a matter of maintenance in any case
  .default(1)
  .describe("The fewest replicas that a scale-down may leave");

/** @param byDefault the policy of a kind where a profile says none */
export const dropOf = (byDefault: DropPolicy) =>
  z
    .strictObject({ policy: z.enum(DROP_POLICIES).default(byDefault).describe(POLICY_SAYS), minReplicas })
    .prefault({})
    .describe("What the guard lets go");

export interface Drop {
  readonly policy: DropPolicy;
  readonly minReplicas: number;
}

/** Policies under which a pod leaves: by its preStop, or drained by hand. */
export const isLeft = (policy: DropPolicy): boolean => policy === "drained" || policy === "managed";

export function planLeaveOf({ run, verify, timeout }: z.infer<typeof leave>): PlanLeave {
  return { run, verify, timeoutSeconds: secondsOf(timeout) };
}
