// What the runner writes, as JSON Schemas describe it to people. The runner reads by init/contract/shape.ts: a schema library
// costs its start more than the rest of its work on a marked volume.
import * as z from "zod";
import { MARKER_SCHEMA, type Marker } from "../../init/contract/marker.ts";
import { RECORD_SCHEMA, type WorkloadRecord } from "../../init/contract/record.ts";

const at = z.iso.datetime();
const name = z.string().min(1);

const markerStep = z.strictObject({
  name: z.string().describe("The step's name in the profile"),
  digest: z.string().describe("sha256 of the step's name, scope, run and verify: another one is not done"),
  runId: z.string().describe("The start of the runner that did it"),
  startedAt: at,
  finishedAt: at,
  evidence: z.string().describe("One sentence: which command proved it, and how"),
});

export const marker: z.ZodType<Marker> = z.strictObject({
  schema: z.literal(MARKER_SCHEMA),
  namespace: name,
  workload: name,
  pod: name,
  nodeId: z.string().regex(/^(0|[1-9][0-9]*)$/, "a number in canonical decimal"),
  kind: name,
  profile: name,
  podUid: z.string().describe("Evidence only: a pod that is made anew on its old volume does nothing twice"),
  release: z.string().describe("The profile's release as it was then: another one runs the steps again"),
  planDigest: z.string().describe("Evidence only: sha256 of the whole plan"),
  steps: z.array(markerStep).readonly().describe("The steps that are done, each proven by its verify"),
  result: z.enum(["complete", "partial"]).describe("complete: every step of the plan is done"),
  writtenAt: at,
  toolVersion: z.string(),
  sha256: z
    .string()
    .describe(
      "Of the canonical JSON (sorted keys, no spaces) of everything above: against tearing, not against forgers",
    ),
});

const releasingStep = z.looseObject({
  state: z.enum(["begun", "done"]),
  digest: z.string(),
  pod: z.string(),
  runId: z.string(),
  at,
});

const leaving = z.looseObject({ podUid: z.string(), at });

export const record: z.ZodType<WorkloadRecord> = z.looseObject({
  schema: z.literal(RECORD_SCHEMA),
  kind: z.string(),
  profile: z.string(),
  base: z.number().int().describe("The NodeID of ordinal 0"),
  seq: z.number().int().nonnegative().describe("Grows with every write, so that a mirror never goes back"),
  fence: z.number().int().nonnegative().describe("The highest fencing number that has written"),
  ordinals: z.looseObject({ start: z.number().int(), replicas: z.number().int() }).optional(),
  release: z.looseObject({ id: z.string(), at, pod: z.string(), fence: z.number().int() }).optional(),
  releasing: z.looseObject({ id: z.string(), steps: z.record(z.string(), releasingStep) }).optional(),
  drained: z.record(z.string(), leaving).default({}),
  intents: z.record(z.string(), leaving).default({}),
  tombstones: z
    .record(z.string(), z.looseObject({ at, finished: z.boolean(), podUid: z.string().optional() }))
    .default({}),
  ring: z
    .looseObject({
      clusterID: z.string().nullable().describe("null while the seed is not proven yet"),
      seed: z.string().nullable().describe("Who made the ring; null: it was there before Rollcall"),
      members: z
        .array(z.string())
        .readonly()
        .describe("As the last join left them; the live ring is what counts"),
    })
    .optional(),
});
