// The kind `generic` of profile: numbers, env, steps that the operator writes.
import * as z from "zod";
import { dnsLabel, dnsName, envName, template } from "./fields.ts";
import { faultsOfGeneric } from "./genericFaults.ts";
import { dropOf, leave } from "./leave.ts";
import { lock, markers } from "./markers.ts";
import { mode, namespaces, selectorLabelOf } from "./picking.ts";
import { placing } from "./placing.ts";
import { numbers } from "./range.ts";
import { s3 } from "./s3.ts";
import { step } from "./steps.ts";

const nodeId = z.strictObject({
  env: envName.default("NODE_ID").describe("The env variable that carries the number"),
  ...numbers,
});

const variable = z.strictObject({
  name: envName.describe("The variable"),
  value: template.describe("Text with placeholders; {{ is a brace"),
});

const envFrom = z.strictObject({
  prefix: z.string().optional().describe("Put before every key"),
  configMapRef: z
    .strictObject({
      name: dnsName.describe("The ConfigMap"),
      optional: z.boolean().optional().describe("true: it need not be there"),
    })
    .describe("Which ConfigMap, as in a pod"),
});

export const generic = z
  .strictObject({
    kind: z.literal("generic").describe("Numbers, env and steps that you write"),
    mode,
    namespaces,
    containers: z
      .array(dnsLabel)
      .min(1)
      .describe(
        "Containers, init containers and sidecars that get the number; the image of the first one runs the steps",
      ),
    nodeId: nodeId.prefault({}).describe("The number of a pod: base + ordinal"),
    env: z
      .array(variable)
      .default([])
      .describe("More env variables; values may hold {podName}, {nodeId} and the like"),
    envFrom: z
      .array(envFrom)
      .default([])
      .describe(
        "ConfigMaps of the workload's namespace whose keys become env; what the container has itself wins",
      ),
    s3: s3.optional().describe("S3 for the application, for the runner, or both"),
    release: template.default("{image}").describe("What makes a release: another one runs the steps again"),
    markers: markers.optional().describe("Where the proof of what was done is kept"),
    lock,
    steps: z
      .array(step)
      .default([])
      .describe("What is to be done before the application starts, in this order"),
    leave: leave
      .optional()
      .describe("What a pod does before its ordinal goes; for the policies drained and managed"),
    drop: dropOf("allow"),
    ...placing,
    selectorLabel: selectorLabelOf("warn"),
  })
  .superRefine((profile, context) => {
    for (const { path, message } of faultsOfGeneric(profile))
      context.addIssue({ code: "custom", path, message });
  });

export type GenericProfile = z.infer<typeof generic>;
