// The type Generic of profile: numbers, env, and steps that the profile's author writes.
import * as z from "zod";
import {
  dnsLabel,
  dnsName,
  envName,
  MOST_CONTAINERS,
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
  env: envName.default("NODE_ID").describe("The env variable that carries the number"),
  ...numbers,
});

const variable = z.strictObject({
  name: envName.describe("The variable"),
  value: template.describe("Text with placeholders; {{ is a brace"),
});

const envFrom = z.strictObject({
  prefix: z.string().max(253).optional().describe("Put before every key"),
  configMapRef: z
    .strictObject({
      name: dnsName.describe("The ConfigMap"),
      optional: z.boolean().optional().describe("true: it may be missing"),
    })
    .describe("Which ConfigMap, as in a pod"),
});

export const generic = z
  .strictObject({
    containers: z
      .array(dnsLabel)
      .min(1)
      .max(MOST_CONTAINERS)
      .meta(SET)
      .describe(
        "Containers, init containers and sidecars that get the number; the image of the first one runs the steps",
      ),
    nodeID: nodeID.describe("The number of a pod: base + ordinal"),
    env: z
      .array(variable)
      .max(500)
      .default([])
      .meta(NAMED)
      .describe("More env variables; values may hold {podName}, {nodeID} and other placeholders"),
    envFrom: z
      .array(envFrom)
      .max(100)
      .default([])
      .describe(
        "ConfigMaps of the workload's namespace whose keys become env; what the container sets itself wins",
      ),
    s3: s3.optional().describe("S3 for the application, for the runner, or both"),
    releaseID: template
      .default("{image}")
      .describe("What identifies a release: steps of scope Release run again when it changes"),
    markers: markers.optional().describe("Where the proof that steps were done is kept"),
    lock,
    steps: z
      .array(step)
      .max(100)
      .default([])
      .meta(NAMED)
      .describe("What is to be done before the application starts, in this order"),
    scaleDown: defineScaleDown(["Allow", "Deny", "Drained", "Managed"], leaveCommands.optional()),
  })
  .superRefine((profile, context) => {
    for (const { path, message } of findGenericFaults(profile))
      context.addIssue({ code: "custom", path: [...path], message });
  })
  .describe("Numbers, env and steps that you write");

export type GenericSpec = z.infer<typeof generic>;
