// The custom resource RollcallProfile, version v1alpha1: what an administrator may write. `kubectl explain rcp`, the custom
// resource definition and `rollcall schema` are generated from it.
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

/** "Generic, Otobo or OzoneOM": American English would put a comma before the "or". */
const ALTERNATIVES = new Intl.ListFormat("en-GB", { type: "disjunction" });
const ALL = new Intl.ListFormat("en-GB");

const namespace = z
  .string()
  .max(63)
  .regex(/^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/, 'the name of a namespace, or "*" for all');

/** Each type with its member and no other; a type is for ever, since numbers and markers depend on it. */
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
          input === undefined
            ? `type is missing: ${ALTERNATIVES.format(TYPES)}`
            : `there is no such type; there are ${ALTERNATIVES.format(TYPES)}`,
      })
      .describe(`What kind of workload it is for, and which of ${ALL.format(FIELDS)} is set`),
    mode: z
      .enum(["Enforce", "Warn"])
      .default("Enforce")
      .describe("Warn: nothing is changed or denied; warnings say what would have been"),
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
        "A StatefulSet whose selector lacks the label rollcall.dev/profile: denied at CREATE, or warned of. Without the label in " +
          "its selector a scale-down passes while the webhook is down. Default: Require, or Warn where scaleDown.policy is Allow",
      ),
    runner,
    ...members,
  })
  .superRefine((spec, context) => {
    const written: Readonly<Record<string, unknown>> = spec;
    for (const { type, field } of WEBHOOK_PRESETS) {
      if ((spec.type === type) === (written[field] !== undefined)) continue;
      const message =
        spec.type === type
          ? `required, since type is ${type}`
          : `type is ${spec.type}, so ${field} must not be set`;
      context.addIssue({ code: "custom", path: [field], message });
    }
  })
  .meta(MEMBER_RULES);

export type ProfileSpec = z.infer<typeof profileSpec>;

/** A document of the custom resource, as people write it. */
export const profileDocument = z.strictObject({
  apiVersion: z.literal(PROFILE_API_VERSION),
  kind: z.literal(PROFILE_KIND),
  metadata: z.looseObject({ name: dnsLabel.describe("What pods name in their label rollcall.dev/profile") }),
  spec: profileSpec,
  status: z.unknown().optional(),
});
