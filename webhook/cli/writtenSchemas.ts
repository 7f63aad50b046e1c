// Schemas of what the runner writes, for `rollcall schema`. The runner itself validates by init/contract/shape.ts: loading a
// schema library would take longer than the rest of its work on a volume with a marker.
import * as z from "zod";
import { MARKER_SCHEMA, type Marker } from "../../init/contract/marker.ts";
import { RECORD_SCHEMA, type WorkloadRecord } from "../../init/contract/record.ts";

const at = z.iso.datetime();
const name = z.string().min(1);

const markerStep = z.strictObject({
  name: z.string().describe("The step's name in the profile"),
  digest: z
    .string()
    .describe("SHA-256 of the step's name, scope, run and verify: a step with another digest is not done"),
  runId: z.string().describe("The run of the runner that did the step"),
  startedAt: at,
  finishedAt: at,
  evidence: z.string().describe("One sentence: which command verified the step, and how"),
});

export const marker: z.ZodType<Marker> = z.strictObject({
  schema: z.literal(MARKER_SCHEMA),
  namespace: name,
  workload: name,
  pod: name,
  nodeId: z.string().regex(/^(0|[1-9][0-9]*)$/, "a number in canonical decimal"),
  kind: name,
  profile: name,
  podUid: z.string().describe("Informative: a recreated pod on the same volume repeats nothing"),
  release: z.string().describe("The release at that time; another one runs the steps again"),
  planDigest: z.string().describe("Informative: SHA-256 of the whole plan"),
  steps: z.array(markerStep).readonly().describe("The steps that are done and verified"),
  result: z.enum(["complete", "partial"]).describe("complete: every step of the plan is done"),
  writtenAt: at,
  toolVersion: z.string(),
  sha256: z
    .string()
    .describe(
      "SHA-256 of the canonical JSON (sorted keys, no spaces) of all other fields; detects partial writes, not forgery",
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
  seq: z
    .number()
    .int()
    .nonnegative()
    .describe("Grows with every write, so that an older copy cannot replace a newer one"),
  fence: z.number().int().nonnegative().describe("The highest fencing token of a writer"),
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
      clusterID: z.string().nullable().describe("null: the ring is not verified yet"),
      seed: z
        .string()
        .nullable()
        .describe("The pod that created the ring; null: the ring existed before Rollcall"),
      members: z
        .array(z.string())
        .readonly()
        .describe("The members after the last join; the live ring is authoritative"),
      logStarts: z
        .record(z.string(), z.number().int().nonnegative())
        .optional()
        .describe("The first index of each member's Raft log at its last start; above 0 the log was purged"),
      joinObstacle: z
        .looseObject({ name: z.string(), detail: z.string(), pod: z.string(), at })
        .optional()
        .describe(
          "Why a new member could not join, or would harm the ring, when a member last asked the leader",
        ),
    })
    .optional(),
});
