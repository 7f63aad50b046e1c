// The schema of profiles of type Generic: numbers, env, and steps that the profile defines.
import * as z from "zod";
import {
  dnsLabel,
  dnsName,
  envName,
  MAX_CONTAINERS,
  NAMED,
  SET,
  template,
} from "../../../webhook/profiles/fields.ts";
import { lock, markers } from "../../../webhook/profiles/markers.ts";
import { numbers } from "../../../webhook/profiles/range.ts";
import { s3 } from "../../../webhook/profiles/s3.ts";
import { defineScaleDown, leaveCommands } from "../../../webhook/profiles/scaleDown.ts";
import { step } from "../../../webhook/profiles/steps.ts";
import { findGenericFaults } from "./findGenericFaults.ts";

const nodeID = z.strictObject({
  env: envName.default("NODE_ID").describe("The env variable that holds the number"),
  ...numbers,
});

const variable = z.strictObject({
  name: envName.describe("The variable's name"),
  value: template.describe("A template; {{ is a literal brace"),
});

const envFrom = z.strictObject({
  prefix: z.string().max(253).optional().describe("Prepended to every key"),
  configMapRef: z
    .strictObject({
      name: dnsName.describe("The ConfigMap's name"),
      optional: z.boolean().optional().describe("true: the ConfigMap may be missing"),
    })
    .describe("A ConfigMap, as in a container's envFrom"),
});

export const generic = z
  .strictObject({
    containers: z
      .array(dnsLabel)
      .min(1)
      .max(MAX_CONTAINERS)
      .meta(SET)
      .describe(
        "Containers, init containers and sidecars that get the number; the steps run in the image of the first one",
      ),
    nodeID: nodeID.describe("The number of a pod: base + ordinal"),
    env: z
      .array(variable)
      .max(500)
      .default([])
      .meta(NAMED)
      .describe(
        "More env variables; their values are templates with placeholders such as {podName} and {nodeID}",
      ),
    envFrom: z
      .array(envFrom)
      .max(100)
      .default([])
      .describe(
        "ConfigMaps in the workload's namespace whose keys become env variables; those of the container take precedence",
      ),
    s3: s3.optional().describe("S3 for the application, for the runner, or both"),
    releaseID: template
      .default("{image}")
      .describe("Identifies a release: steps of both scopes run again when it changes"),
    markers: markers.optional().describe("Where the markers, the proof that steps were done, are kept"),
    lock,
    steps: z
      .array(step)
      .max(100)
      .default([])
      .meta(NAMED)
      .describe("Run in this order before the application starts"),
    scaleDown: defineScaleDown(["Allow", "Deny", "Drained", "Managed"], leaveCommands.optional()),
  })
  .superRefine((profile, context) => {
    for (const { path, message } of findGenericFaults(profile))
      context.addIssue({ code: "custom", path: [...path], message });
  })
  .describe("Numbers, env and steps for any application");

export type GenericSpec = z.infer<typeof generic>;
