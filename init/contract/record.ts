// The record of a StatefulSet (docs/architecture.md#record), which outlives its pods and volumes. It is an annotation
// of a separate Lease, because the webhook cannot read volumes, and is copied to S3 if S3 is configured.
import { computeDigest, computeStepDigest } from "./marker.ts";
import type { Plan } from "./plan.ts";
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

/** The name of the record's Lease. The Lease has no owner, so it outlives the StatefulSet. */
export const recordLease = (workload: string): string => `rollcall-record-${workload}`;
/** The name of the Lease that is the lock of release steps and membership changes. */
export const lockLease = (workload: string): string => `rollcall-lock-${workload}`;

const laterSchema = object({ schema: anyNumber() });

/** When, and in which pod. */
const STAMP = { podUid: text(), at: dateTime() } as const;
const left = mapOf(object(STAMP));
const tombstones = mapOf(object({ ...STAMP, finished: flag(), podUid: optional(STAMP.podUid) }));

const members: Shape<readonly string[]> = list(text());

/**
 * Unknown fields are allowed, and kept on writing: a later version may have added them. `rollcall schema --of record`
 * documents each field.
 */
const stored = object({
  schema: oneOf(RECORD_SCHEMA),
  kind: text(),
  profile: text(),
  base: integer(),
  seq: integer(0),
  fence: integer(0),
  /** written by the webhook when it allows a scale to zero */
  ordinals: optional(object({ start: integer(), replicas: integer() })),
  /** only the last completed release, so the sequence A, B, A runs A again */
  release: optional(object({ id: text(), at: dateTime(), pod: text(), fence: integer() })),
  /** a release in progress; while it is present no other release counts as done */
  releasing: optional(
    object({
      id: text(),
      steps: mapOf(
        object({
          state: oneOf("begun", "done"),
          /** computeStepDigest of the step */
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
  /** what pods take up while they run, beyond their image, such as OTOBO's packages */
  content: optional(
    object({
      /** the last set for which one pod has done what is done once for all of them */
      settled: optional(object({ id: text(), at: dateTime(), pod: text() })),
      /** by pod: the set that it has; fault: why it is not the wanted one */
      pods: optional(mapOf(object({ ...STAMP, id: text(), fault: optional(text()) }))),
    }),
  ),
  ring: optional(
    object({
      clusterID: nullable(text()),
      seed: nullable(text()),
      members,
      /** by member: the first index of its Raft log at its last start, if that was above 0: the log was purged */
      logStarts: optional(mapOf(integer(0))),
      /** why a new member could not join, or would harm the ring, when a pod last asked the leader; absent: no reason */
      joinObstacle: optional(
        object({
          /** the kind's name of it; a later version may write one that this version does not know */
          name: text(),
          /** the kind's short facts, e.g. "metadata layout 8, software layout 9" */
          detail: text(),
          pod: text(),
          at: dateTime(),
        }),
      ),
    }),
  ),
});

/** As stored: a record in which no pod has left lacks these maps. */
type StoredRecord = TypeOf<typeof stored>;
export type WorkloadRecord = StoredRecord & {
  /** by pod */
  drained: TypeOf<typeof left>;
  intents: TypeOf<typeof left>;
  tombstones: TypeOf<typeof tombstones>;
};

export type RecordedRing = NonNullable<WorkloadRecord["ring"]>;
export type RecordedObstacle = NonNullable<RecordedRing["joinObstacle"]>;

/** Why a stored record is not used, and what to do about it. */
export interface RecordFault {
  /** a later version of Rollcall wrote it: it is whole, and must not be replaced */
  readonly isLater: boolean;
  /** one sentence */
  readonly wrong: string;
  /** a sentence; a record of a later version is whole, and an edit by hand would destroy it */
  readonly remedy: string;
}

const CORRECT = "Correct the record by hand (needs permission to use overrides.rollcall.dev).";
const INSTALL_LATER = "Install that version of Rollcall again; do not change or delete the record.";

/** Parses a record. @returns the record, or why it is invalid */
export function readRecord(text: string): { record: WorkloadRecord } | RecordFault {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { isLater: false, wrong: "it is not JSON", remedy: CORRECT };
  }
  const later = readShape(laterSchema, json);
  if ("value" in later && later.value.schema > RECORD_SCHEMA)
    return {
      isLater: true,
      wrong: `it was written by a later version of Rollcall (schema ${later.value.schema})`,
      remedy: INSTALL_LATER,
    };
  const read = readShape(stored, json);
  if ("fault" in read) return { isLater: false, wrong: formatShapeFault(read.fault), remedy: CORRECT };
  return { record: { ...read.value, ...emptyWhereMissing(read.value) } };
}

const emptyWhereMissing = ({ drained = {}, intents = {}, tombstones = {} }: StoredRecord) => ({
  drained,
  intents,
  tombstones,
});

/**
 * The release's id in the record: the template's text and the release steps, because changed steps make a new release
 * of the same image.
 */
export function computeReleaseId(of: Pick<Plan, "release" | "steps">): string {
  const known = releaseIds.get(of);
  if (known !== undefined) return known;
  const digests = of.steps.filter(({ scope }) => scope === "release").map(computeStepDigest);
  const id = `${of.release}#${computeDigest(digests).slice(0, 12)}`;
  releaseIds.set(of, id);
  return id;
}

/** A cache, because each read of the record needs the id and a plan does not change. */
const releaseIds = new WeakMap<object, string>();
