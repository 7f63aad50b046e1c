// The record of a StatefulSet (docs/architecture.md#record): what outlives its pods and volumes. It is an annotation of
// a Lease of its own, since the guard can see no volume, and is mirrored to S3 where S3 is configured.
import {
  anyNumber,
  dateTime,
  flag,
  formatShapeFault,
  integer,
  list,
  mapOf,
  nullable,
  object,
  oneOf,
  optional,
  readShape,
  type Shape,
  type TypeOf,
  text,
} from "./shape.ts";

export const RECORD_SCHEMA = 1;
export const RECORD_ANNOTATION = "rollcall.dev/record";

/** The Lease that carries the record. It has no owner: it outlives the set. */
export const recordLease = (workload: string): string => `rollcall-record-${workload}`;
/** The Lease that is the lock of release steps and membership changes. */
export const lockLease = (workload: string): string => `rollcall-lock-${workload}`;

const ofLater = object({ schema: anyNumber() });

const LEAVING = { podUid: text(), at: dateTime() } as const;
const left = mapOf(object(LEAVING));
const tombstones = mapOf(object({ ...LEAVING, finished: flag(), podUid: optional(LEAVING.podUid) }));

const members: Shape<readonly string[]> = list(text());

/**
 * Loose: what a later version has added is kept when this one writes. `rollcall schema --of record` says what each field
 * is.
 */
const stored = object({
  schema: oneOf(RECORD_SCHEMA),
  kind: text(),
  profile: text(),
  base: integer(),
  seq: integer(0),
  fence: integer(0),
  /** written by the guard when it lets a set go to zero */
  ordinals: optional(object({ start: integer(), replicas: integer() })),
  /** the one last-done release, not a set: A, B, A runs A again */
  release: optional(object({ id: text(), at: dateTime(), pod: text(), fence: integer() })),
  /** a release that has begun and is not done; while it stands no other release counts as done */
  releasing: optional(
    object({
      id: text(),
      steps: mapOf(
        object({
          state: oneOf("begun", "done"),
          /** stepDigest */
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
  tombstones: optional(tombstones),
  ring: optional(object({ clusterID: nullable(text()), seed: nullable(text()), members })),
});

/** As it is written: older ones lack what nobody had left yet. */
type StoredRecord = TypeOf<typeof stored>;
export type WorkloadRecord = StoredRecord & {
  /** by pod */
  drained: TypeOf<typeof left>;
  intents: TypeOf<typeof left>;
  tombstones: TypeOf<typeof tombstones>;
};

/** Reads the text of a record, or says in one sentence why it is none. */
export function readRecord(text: string): { record: WorkloadRecord } | { wrong: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { wrong: "it is not JSON" };
  }
  const later = readShape(ofLater, json);
  if ("value" in later && later.value.schema > RECORD_SCHEMA)
    return { wrong: `it is of a later Rollcall (schema ${later.value.schema})` };
  const read = readShape(stored, json);
  if ("fault" in read) return { wrong: formatShapeFault(read.fault) };
  return { record: { ...read.value, ...emptyWhereMissing(read.value) } };
}

const emptyWhereMissing = ({ drained = {}, intents = {}, tombstones = {} }: StoredRecord) => ({
  drained,
  intents,
  tombstones,
});
