// What becomes of a scale-down: the policy of a profile, and how a pod leaves.
import * as z from "zod";
import type { DropPolicy, PlanLeave } from "../../init/contract/plan.ts";
import { argv, duration, parseSeconds } from "./fields.ts";

/** The policies as a profile writes them. */
export const POLICIES = { Allow: "allow", Deny: "deny", Drained: "drained", Managed: "managed" } as const;

export type PolicyName = keyof typeof POLICIES;

const POLICY_SAYS = {
  Allow: "Allow: pods may go",
  Deny: "Deny: a scale-down is denied",
  Drained: "Drained: each pod must have left before (`rollcall drain` in the pod)",
  Managed: "Managed: pods leave by themselves in their preStop",
} as const satisfies Record<PolicyName, string>;

const describePolicies = (policies: readonly PolicyName[]): string =>
  `What a scale-down needs. ${policies.map((name) => POLICY_SAYS[name]).join(". ")}`;

const leaveTimeout = duration;

/** Commands by which a pod of type Generic leaves. */
export const leaveCommands = z.strictObject({
  run: argv.describe("Hands over what the pod has before its ordinal is removed"),
  verify: argv.describe(
    "Proves it: exit 0. Only then the pod counts as having left. It must see something: a command that only looks for an " +
      "absence succeeds also where nothing answers",
  ),
  timeout: leaveTimeout.default("10m").describe("Limit for each of the two commands, such as 30s or 10m"),
});

/** @param byDefault how long leaving may take where the profile does not say */
export const leaveLimit = (byDefault: string, says: string) =>
  z.strictObject({ timeout: leaveTimeout.default(byDefault).describe(says) });

const MIN_REPLICAS = z
  .int()
  .min(0)
  .max(1_000_000)
  .optional()
  .describe(
    "The fewest replicas that a scale-down may leave; zero is a matter of maintenance in any case. Required unless policy is Deny",
  );

/** The rule that needs both fields, for the API server. */
const NEEDS_MINIMUM = {
  "x-kubernetes-validations": [
    {
      rule: "self.policy == 'Deny' || has(self.minReplicas)",
      message: "minReplicas is required unless policy is Deny",
    },
  ],
};

/**
 * The object `scaleDown` of a type of profile. Nothing in it that protects has a default: a misspelled field, which the API
 * server drops for a client that does not validate strictly, must not allow more than was meant.
 */
export function defineScaleDown<P extends PolicyName, L extends z.ZodType>(
  policies: readonly [P, ...P[]],
  leave: L,
) {
  return z
    .strictObject({
      policy: z.enum(policies).describe(describePolicies(policies)),
      minReplicas: MIN_REPLICAS,
      leave: leave.describe("How a pod leaves"),
    })
    .superRefine(({ policy, minReplicas }, context) => {
      if (policy === "Deny" || minReplicas !== undefined) return;
      context.addIssue({
        code: "custom",
        path: ["minReplicas"],
        message: "required unless policy is Deny: the fewest replicas that a scale-down may leave, such as 1",
      });
    })
    .meta(NEEDS_MINIMUM)
    .describe("What happens when replicas are removed");
}

/** A scale-down policy as decisions use it. */
export interface ScaleDownSettings {
  readonly policy: DropPolicy;
  readonly minReplicas: number;
}

export const compileScaleDown = ({
  policy,
  minReplicas,
}: {
  policy: PolicyName;
  minReplicas?: number | undefined;
}): ScaleDownSettings => ({
  policy: POLICIES[policy],
  minReplicas: minReplicas ?? 1,
});

export function compileLeave({ run, verify, timeout }: z.infer<typeof leaveCommands>): PlanLeave {
  return { run, verify, timeoutSeconds: parseSeconds(timeout) };
}
