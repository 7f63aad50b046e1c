// Reads and changes the record of a StatefulSet. A change needs the current version, and under a lock a fencing token
// that is not lower than the record's (docs/architecture.md#record).
import { isDeepStrictEqual } from "node:util";
import type { Plan } from "../../contract/plan.ts";
import {
  RECORD_ANNOTATION,
  RECORD_SCHEMA,
  readRecord,
  recordLease,
  type WorkloadRecord,
} from "../../contract/record.ts";
import { buildObjectKeys } from "../../contract/s3.ts";
import type { Cell, CellReading, SwapResult } from "../cells/cell.ts";
import { createLeaseCell } from "../cells/createLeaseCell.ts";
import type { Failure } from "../failure.ts";
import type { AskApi, World } from "../ports.ts";
import { retry } from "../wait.ts";
import { openMirror, type RecordMirror } from "./mirror.ts";

export type RecordUpdate = { record: WorkloadRecord } | { fenced: number } | { failure: Failure };

/** A failed attempt that may be retried. */
interface FailedTry {
  why: string;
  isConflict: boolean;
}

export interface RecordStore {
  /** the current record; an empty one if there is none */
  read(): Promise<{ record: WorkloadRecord } | { failure: Failure }>;
  /**
   * Applies `edit` to the record. `edit` may be called more than once, so it must be pure.
   * @param fence the fencing token of the held lock; null for a change that needs no lock
   * @returns fenced: a holder with a higher token has written, so the change was rejected
   */
  change(fence: number | null, edit: (record: WorkloadRecord) => WorkloadRecord): Promise<RecordUpdate>;
}

export function createRecordCell(
  askApi: AskApi,
  { namespace, workload }: Plan["identity"],
): Cell<WorkloadRecord> {
  return createLeaseCell({
    askApi,
    namespace,
    name: recordLease(workload),
    read: ({ metadata }) => {
      const text = metadata.annotations?.[RECORD_ANNOTATION];
      if (text === undefined) return { wrong: `it has no annotation ${RECORD_ANNOTATION}` };
      const read = readRecord(text);
      return "wrong" in read
        ? {
            wrong: `its annotation ${RECORD_ANNOTATION} is not trusted: ${read.wrong}. It is never overwritten. ${read.remedy}`,
          }
        : { value: read.record };
    },
    write: (value) => ({ annotations: { [RECORD_ANNOTATION]: JSON.stringify(value) } }),
  });
}

/** The record of a plan's StatefulSet. */
export function openRecord(plan: Plan, askApi: AskApi, world: World): RecordStore {
  const { objects } = world;
  const mirror =
    objects === null || plan.s3 === null
      ? null
      : openMirror(objects, buildObjectKeys(plan.s3.prefix, plan.identity).record, world);
  return buildRecordStore(plan, createRecordCell(askApi, plan.identity), mirror, world);
}

/** @param mirror null if S3 is not configured */
export function buildRecordStore(
  plan: Plan,
  cell: Cell<WorkloadRecord>,
  mirror: RecordMirror | null,
  world: World,
): RecordStore {
  const unusable = (why: string): { failure: Failure } => ({
    failure: { name: "record-unusable", where: cell.where, why },
  });

  /** the Lease, or its copy if the Lease is missing */
  const readLeaseOrMirror = async (): Promise<CellReading<WorkloadRecord>> => {
    const reading = await cell.read();
    if (reading.is !== "absent" || mirror === null) return reading;
    return mirror.read();
  };

  const readCurrent = async (): Promise<
    { record: WorkloadRecord; version: string | null } | { failure: Failure }
  > => {
    const reading = await retry(world, readLeaseOrMirror, {
      isTransient: (answer) => answer.is === "failed" && answer.isTransient,
    });
    if (reading.is === "failed") return unusable(reading.why);
    if (reading.is === "absent") return { record: freshRecord(plan), version: null };
    const { value } = reading;
    if (value.kind !== plan.identity.kind) {
      return unusable(`it is of kind ${value.kind}, this pod's profile is of kind ${plan.identity.kind}`);
    }
    return { record: value, version: reading.version === "" ? null : reading.version };
  };

  const classifyFailedSwap = (swapped: Exclude<SwapResult, { is: "written" }>): RecordUpdate | FailedTry => {
    if (swapped.is === "lost") return { why: "another pod wrote it at each attempt", isConflict: true };
    return swapped.ends === "refused" ? unusable(swapped.why) : { why: swapped.why, isConflict: false };
  };

  /** one attempt */
  const tryChange = async (
    fence: number | null,
    edit: (record: WorkloadRecord) => WorkloadRecord,
  ): Promise<RecordUpdate | FailedTry> => {
    const found = await readCurrent();
    if ("failure" in found) return found;
    const { record, version } = found;
    if (fence !== null && record.fence > fence) return { fenced: record.fence };
    const edited = edit(record);
    // this also recognises our own write after a lost answer
    if (version !== null && isDeepStrictEqual(edited, record)) return { record };
    const { profile } = plan.identity;
    const highest = Math.max(record.fence, fence ?? 0);
    const next = { ...edited, profile, base: computeBase(plan), seq: record.seq + 1, fence: highest };
    const swapped = await cell.compareAndSwap(next, version);
    if (swapped.is !== "written") return classifyFailedSwap(swapped);
    await mirror?.write(next);
    return { record: next };
  };

  return {
    read: async () => {
      const found = await readCurrent();
      return "failure" in found ? found : { record: found.record };
    },
    change: async (fence, edit) => {
      // retries even while the runner stops, so completed work is recorded
      const changed = await retry(world, () => tryChange(fence, edit), {
        isTransient: (answer) => "why" in answer,
        isOver: () => false,
        countTries: (answer, tries) => ("why" in answer && answer.isConflict ? 1 : tries),
      });
      return "why" in changed ? unusable(changed.why) : changed;
    },
  };
}

const computeBase = ({ identity, ordinal }: Plan): number => Number(identity.nodeId) - ordinal;

function freshRecord(plan: Plan): WorkloadRecord {
  const { kind, profile } = plan.identity;
  return {
    schema: RECORD_SCHEMA,
    kind,
    profile,
    base: computeBase(plan),
    seq: 0,
    fence: 0,
    drained: {},
    intents: {},
    tombstones: {},
  };
}
