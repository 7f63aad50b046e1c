// Numbers for one container.
import * as z from "zod";
import { dnsLabel } from "../../webhook/profiles/fields.ts";
import { definePreset, NUMBERS_ALONE } from "../../webhook/profiles/preset.ts";

const counter = z
  .strictObject({
    container: dnsLabel.describe("The container that gets the number"),
  })
  .describe("Numbers for one container");

export const counterPreset = definePreset({
  type: "Counter",
  field: "counter",
  kind: "counter",
  schema: counter,
  codes: {},
  compile: ({ container }) => ({
    ...NUMBERS_ALONE,
    containers: [container],
    nodeId: { env: "COUNTER_ID", value: "number", base: 1, max: 99, pool: null, size: 99 },
    drop: { policy: "deny", minReplicas: 0 },
  }),
});
