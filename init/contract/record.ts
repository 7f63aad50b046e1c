// The record of a StatefulSet (DESIGN: contracts, Record): what outlives its pods and volumes. It is an annotation of
// a Lease of its own, since the guard can see no volume, and is mirrored to S3 where S3 is configured.
import * as z from "zod";
import {
  anyNumber,
  dateTime,
  faultWords,
  flag,
  integer,
  list,
  mapOf,
  nullable,
  object,
  oneOf,
  optional,
  readShape,
  type Shape,
  text,
} from "./shape.ts";

export const RECORD_SCHEMA = 1;
export const RECORD_ANNOTATION = "rollcall.dev/record";

/** The Lease that carries the record. It has no owner: it outlives the set. */
export const recordLease = (workload: string): string => `rollcall-record-${workload}`;
/** The Lease that is the lock of release steps and membership changes. */
export const lockLease = (workload: string): string => `rollcall-lock-${workload}`;

const at = z.iso.datetime();

/** A release step as far as it has come. */
const releasingStep = z.looseObject({
  state: z.enum(["begun", "done"]),
  /** stepDigest */
  digest: z.string(),
  pod: z.string(),
  runId: z.string(),
  at,
});

const leaving = z.looseObject({ podUid: z.string(), at });

/** Loose: what a later version has added is kept when this one writes. */
export const record = z.looseObject({
  schema: z.literal(RECORD_SCHEMA),
  kind: z.string(),
  profile: z.string(),
  base: z.number().int().describe("The NodeID of ordinal 0"),
  seq: z.number().int().nonnegative().describe("Grows with every write, so that a mirror never goes back"),
  fence: z.number().int().nonnegative().describe("The highest fencing number that has written"),
  /** written by the guard when it lets a set go to zero */
  ordinals: z.looseObject({ start: z.number().int(), replicas: z.number().int() }).optional(),
  /** the one last-done release, not a set: A, B, A runs A again */
  release: z.looseObject({ id: z.string(), at, pod: z.string(), fence: z.number().int() }).optional(),
  /** a release that has begun and is not done; while it stands no other release counts as done */
  releasing: z.looseObject({ id: z.string(), steps: z.record(z.string(), releasingStep) }).optional(),
  /** by pod */
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

export type Record = z.infer<typeof record>;

const ofLater = object({ schema: anyNumber() });

const left = mapOf(object({ podUid: text(), at: dateTime() }));

/** As `record`, which is for people: what an annotation or an S3 server holds is read by this. */
const shape: Shape<z.input<typeof record>> = object({
  schema: oneOf(RECORD_SCHEMA),
  kind: text(),
  profile: text(),
  base: integer(),
  seq: integer(0),
  fence: integer(0),
  ordinals: optional(object({ start: integer(), replicas: integer() })),
  release: optional(object({ id: text(), at: dateTime(), pod: text(), fence: integer() })),
  releasing: optional(
    object({
      id: text(),
      steps: mapOf(
        object({
          state: oneOf("begun", "done"),
          digest: text(),
          pod: text(),
          runId: text(),
          at: dateTime(),
        }),
      ),
    }),
  ),
  drained: optional(left),
  intents: optional(left),
  tombstones: optional(mapOf(object({ at: dateTime(), finished: flag(), podUid: optional(text()) }))),
  ring: optional(object({ clusterID: nullable(text()), seed: nullable(text()), members: list(text()) })),
});

/** Reads the text of a record, or says in one sentence why it is none. */
export function readRecord(text: string): { record: Record } | { wrong: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { wrong: "it is not JSON" };
  }
  const later = readShape(ofLater, json);
  if ("value" in later && later.value.schema > RECORD_SCHEMA)
    return { wrong: `it is of a later Rollcall (schema ${later.value.schema})` };
  const read = readShape(shape, json);
  if ("fault" in read) return { wrong: faultWords(read.fault) };
  return { record: { ...read.value, ...emptyWhereMissing(read.value) } };
}

const emptyWhereMissing = ({ drained = {}, intents = {}, tombstones = {} }: z.input<typeof record>) => ({
  drained,
  intents,
  tombstones,
});
