// The schema of the custom resource RollcallProfile, version v1alpha1. `kubectl explain rcp`, the custom resource definition
// and `rollcall schema` are generated from it.
import * as z from "zod";
import { WEBHOOK_PRESETS } from "../../presets/webhook.ts";
import { dnsLabel, SET } from "./fields.ts";
import { runner } from "./placing.ts";

export const PROFILE_GROUP = "rollcall.dev";
export const PROFILE_VERSION = "v1alpha1";
export const PROFILE_API_VERSION = `${PROFILE_GROUP}/${PROFILE_VERSION}`;
export const PROFILE_KIND = "RollcallProfile";
export const PROFILE_PLURAL = "rollcallprofiles";

const TYPES = WEBHOOK_PRESETS.map(({ type }) => type);
const FIELDS = WEBHOOK_PRESETS.map(({ field }) => field);

/**
 * "Generic, Otobo or OzoneOM". Not at load: the first list format takes 20 ms of CPU time, a sixth of the CLI's start.
 */
const listTypes = (): string => new Intl.ListFormat("en-GB", { type: "disjunction" }).format(TYPES);

const namespace = z
  .string()
  .max(63)
  .regex(/^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/, 'the name of a namespace, or "*" for all');

/** The type decides which member is set. It is immutable, since numbers and markers depend on it. */
const MEMBER_RULES = {
  "x-kubernetes-validations": [
    ...WEBHOOK_PRESETS.map(({ type, field }) => ({
      rule: `(self.type == '${type}') == has(self.${field})`,
      message: `${field} is required when type is ${type}, and forbidden otherwise`,
    })),
    { rule: "self.type == oldSelf.type", message: "type cannot be changed: create another profile" },
  ],
};

const members = Object.fromEntries(WEBHOOK_PRESETS.map(({ field, schema }) => [field, schema.optional()]));

export const profileSpec = z
  .strictObject({
    type: z
      .enum(TYPES, {
        error: ({ input }) =>
          input === undefined ? `required value: ${listTypes()}` : `unknown type; expected ${listTypes()}`,
      })
      .describe(`The kind of workload; decides which of ${FIELDS.join(", ")} must be set`),
    mode: z
      .enum(["Enforce", "Warn"])
      .default("Enforce")
      .describe("Warn: nothing is changed or denied; warnings report what would be"),
    namespaces: z
      .array(namespace)
      .min(1)
      .max(1000)
      .meta(SET)
      .describe('Namespaces whose workloads may use this profile; "*" for all'),
    selectorLabel: z
      .enum(["Require", "Warn"])
      .optional()
      .describe(
        "Whether the selector of a StatefulSet must have the label rollcall.dev/profile. Require: creation without it is " +
          "denied; Warn: a warning. Without the label, scale-downs pass while the webhook is down. Default: Require, or Warn " +
          "if scaleDown.policy is Allow",
      ),
    runner,
    ...members,
  })
  .superRefine((spec, context) => {
    const values: Readonly<Record<string, unknown>> = spec;
    for (const { type, field } of WEBHOOK_PRESETS) {
      if ((spec.type === type) === (values[field] !== undefined)) continue;
      const message =
        spec.type === type ? `required when type is ${type}` : `forbidden when type is ${spec.type}`;
      context.addIssue({ code: "custom", path: [field], message });
    }
  })
  .meta(MEMBER_RULES);

export type ProfileSpec = z.infer<typeof profileSpec>;

export const profileDocument = z.strictObject({
  apiVersion: z.literal(PROFILE_API_VERSION),
  kind: z.literal(PROFILE_KIND),
  metadata: z.looseObject({ name: dnsLabel.describe("The value of the pod label rollcall.dev/profile") }),
  spec: profileSpec,
  status: z.unknown().optional(),
});
