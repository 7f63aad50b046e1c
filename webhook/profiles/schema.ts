// The custom resource RollcallProfile, version v1alpha1: what an administrator may write. `kubectl explain rcp`, the custom
// resource definition and `rollcall schema` are generated from it.
import * as z from "zod";
import { generic } from "../../presets/generic/profile/schema.ts";
import { otobo } from "../../presets/otobo/profile/schema.ts";
import { ozoneOM } from "../../presets/ozone-om/profile/schema.ts";
import { dnsLabel, SET } from "./fields.ts";
import { runner } from "./placing.ts";

export const PROFILE_GROUP = "rollcall.dev";
export const PROFILE_VERSION = "v1alpha1";
export const PROFILE_API_VERSION = `${PROFILE_GROUP}/${PROFILE_VERSION}`;
export const PROFILE_KIND = "RollcallProfile";
export const PROFILE_PLURAL = "rollcallprofiles";

/** The member of the spec that each type has. */
export const MEMBERS = { Generic: "generic", Otobo: "otobo", OzoneOM: "ozoneOM" } as const;

export type ProfileType = keyof typeof MEMBERS;

export const TYPES = Object.keys(MEMBERS) as [ProfileType, ...ProfileType[]];

/** "Generic, Otobo or OzoneOM": American English would put a comma before the "or". */
const ALTERNATIVES = new Intl.ListFormat("en-GB", { type: "disjunction" });

const namespace = z
  .string()
  .max(63)
  .regex(/^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/, 'the name of a namespace, or "*" for all');

/** Each type with its member and no other; a type is for ever, since numbers and markers depend on it. */
const MEMBER_RULES = {
  "x-kubernetes-validations": [
    ...TYPES.map((type) => ({
      rule: `(self.type == '${type}') == has(self.${MEMBERS[type]})`,
      message: `${MEMBERS[type]} is required when type is ${type}, and forbidden otherwise`,
    })),
    { rule: "self.type == oldSelf.type", message: "type cannot be changed: create another profile" },
  ],
};

const members = {
  generic: generic.optional(),
  otobo: otobo.optional(),
  ozoneOM: ozoneOM.optional(),
} satisfies Record<(typeof MEMBERS)[ProfileType], z.ZodType>;

export const profileSpec = z
  .strictObject({
    type: z
      .enum(TYPES, {
        error: ({ input }) =>
          input === undefined
            ? `type is missing: ${ALTERNATIVES.format(TYPES)}`
            : `there is no such type; there are ${ALTERNATIVES.format(TYPES)}`,
      })
      .describe("What kind of workload it is for, and which of generic, otobo and ozoneOM is set"),
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
    for (const type of TYPES) {
      const member = MEMBERS[type];
      if ((spec.type === type) === (spec[member] !== undefined)) continue;
      const message =
        spec.type === type
          ? `required, since type is ${type}`
          : `type is ${spec.type}, so ${member} must not be set`;
      context.addIssue({ code: "custom", path: [member], message });
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
