// The scale-down policy of a profile, and how a pod leaves.
import * as z from "zod";
import type { DropPolicy, PlanLeave } from "../../init/contract/plan.ts";
import { argv, duration, parseSeconds } from "./fields.ts";

/** From the names in profiles to those in plans and records. */
export const POLICIES = { Allow: "allow", Deny: "deny", Drained: "drained", Managed: "managed" } as const;

export type PolicyName = keyof typeof POLICIES;

const POLICY_DESCRIPTIONS = {
  Allow: "Allow: nothing, pods may be removed",
  Deny: "Deny: scale-downs are denied",
  Drained: "Drained: each pod must have left beforehand (`rollcall drain` in the pod)",
  Managed: "Managed: each pod leaves by itself in its preStop hook",
} as const satisfies Record<PolicyName, string>;

const describePolicies = (policies: readonly PolicyName[]): string =>
  `What a scale-down requires. ${policies.map((name) => POLICY_DESCRIPTIONS[name]).join(". ")}`;

const leaveTimeout = duration;

/** The commands by which a pod of type Generic leaves. */
export const leaveCommands = z.strictObject({
  run: argv.describe("Hands over the pod's data and duties before its ordinal is removed"),
  verify: argv.describe(
    "Proves by exit code 0 that the pod has left. It must check for something that is present: a check for an absence " +
      "also succeeds if the peer is down",
  ),
  timeout: leaveTimeout.default("10m").describe("Limit for each of the two commands, such as 30s or 10m"),
});

/** Defines the object `leave` of types whose pods leave without commands from the profile. */
export const defineLeave = (defaultTimeout: string, description: string) =>
  z.strictObject({ timeout: leaveTimeout.default(defaultTimeout).describe(description) });

/** Policies under which pods may go down to a number; the others allow all or none. */
const USES_MIN_REPLICAS = ["Drained", "Managed"] as const satisfies readonly PolicyName[];

const WHEN_REQUIRED = `required if policy is ${USES_MIN_REPLICAS.join(" or ")}`;

const defineMinReplicas = (policies: readonly PolicyName[]) =>
  z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe(
      `The fewest replicas that a scale-down may leave; a scale to zero needs the maintenance annotation. ${policies.includes("Allow") ? "Policy Allow ignores it. " : ""}` +
        `R${WHEN_REQUIRED.slice(1)}`,
    );

const MIN_REPLICAS_RULE = {
  "x-kubernetes-validations": [
    {
      rule: `!(self.policy in [${USES_MIN_REPLICAS.map((name) => `'${name}'`).join(", ")}]) || has(self.minReplicas)`,
      message: `minReplicas is ${WHEN_REQUIRED}`,
    },
  ],
};

/**
 * Defines the object `scaleDown` of a type of profile. Fields that protect have no default: the API server drops a misspelled
 * field if the client does not validate strictly, and that must not weaken the protection.
 */
export function defineScaleDown<P extends PolicyName, L extends z.ZodType>(
  policies: readonly [P, ...P[]],
  leave: L,
) {
  return z
    .strictObject({
      policy: z.enum(policies).describe(describePolicies(policies)),
      minReplicas: defineMinReplicas(policies),
      leave: leave.describe("How a pod leaves"),
    })
    .superRefine(({ policy, minReplicas }, context) => {
      if (minReplicas !== undefined || !USES_MIN_REPLICAS.some((name) => name === policy)) return;
      context.addIssue({
        code: "custom",
        path: ["minReplicas"],
        message: `${WHEN_REQUIRED}: the fewest replicas that a scale-down may leave, such as 1`,
      });
    })
    .meta(MIN_REPLICAS_RULE)
    .describe("How scale-downs are protected");
}

export interface ScaleDownSettings {
  readonly policy: DropPolicy;
  readonly minReplicas: number;
  /** minReplicas is set, and the policy ignores it */
  readonly ignoresMinReplicas: boolean;
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
  ignoresMinReplicas: policy === "Allow" && minReplicas !== undefined,
});

export function compileLeave({ run, verify, timeout }: z.infer<typeof leaveCommands>): PlanLeave {
  return { run, verify, timeoutSeconds: parseSeconds(timeout) };
}
