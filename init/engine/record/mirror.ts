// The record's copy in S3, from which a deleted Lease is restored. An older record never overwrites a newer copy,
// nor one of a later version of Rollcall. A copy that cannot be written is only logged, because the Lease is authoritative.
import { readRecord, type WorkloadRecord } from "../../contract/record.ts";
import type { CellReading } from "../cells/cell.ts";
import type { ObjectStore, World } from "../ports.ts";

export interface RecordMirror {
  /** the version is "", so the Lease is created again */
  read(): Promise<CellReading<WorkloadRecord>>;
  write(record: WorkloadRecord): Promise<void>;
}

/** Two pods may write at once; the higher `seq` must win. */
const WRITE_TRIES = 3;

export function openMirror(objects: ObjectStore, key: string, world: World): RecordMirror {
  const where = `${objects.where}/${key}`;
  let isLogged = false;
  return {
    read: async () => {
      const got = await objects.get(key);
      if (got.is !== "object") return got;
      const read = readRecord(got.text);
      if ("wrong" in read) {
        return { is: "failed", why: `its copy ${where} is invalid: ${read.wrong}`, isTransient: false };
      }
      if (!isLogged) world.log(`the Lease of the record is missing; using its copy ${where}`);
      isLogged = true;
      return { is: "value", value: read.record, version: "" };
    },
    write: async (record) => {
      let why: string | null = null;
      for (let tries = 1; tries <= WRITE_TRIES; tries += 1) {
        why = await tryWrite(objects, key, record);
        if (why === null) return;
      }
      world.log(`cannot write the record's copy ${where}: ${why}; the Lease is up to date`);
    },
  };
}

/** null: this record or a newer one is stored */
async function tryWrite(objects: ObjectStore, key: string, record: WorkloadRecord): Promise<string | null> {
  const got = await objects.get(key);
  if (got.is === "failed") return got.why;
  if (got.is === "object") {
    const stored = readRecord(got.text);
    if ("record" in stored && stored.record.seq >= record.seq) return null;
    if ("wrong" in stored && stored.isLater) return stored.wrong;
  }
  const condition = got.is === "object" ? { etag: got.etag } : "absent";
  const put = await objects.put(key, `${JSON.stringify(record)}\n`, condition);
  if (put.is === "stored") return null;
  return put.is === "failed" ? put.why : "another pod wrote it at each attempt";
}
