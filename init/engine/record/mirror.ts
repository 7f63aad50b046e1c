// The record's mirror in S3: there for a record Lease that somebody deleted. It never goes back, and a mirror that
// cannot be written stops nobody, since the Lease is what counts.
import { readRecord, type WorkloadRecord } from "../../contract/record.ts";
import type { CellReading } from "../cells/cell.ts";
import type { ObjectStore, World } from "../ports.ts";

export interface RecordMirror {
  /** a mirrored record has the version "": it is to be created anew */
  read(): Promise<CellReading<WorkloadRecord>>;
  write(record: WorkloadRecord): Promise<void>;
}

/** Two pods may write at once; the later `seq` must win. */
const WRITE_TRIES = 3;

export function openMirror(objects: ObjectStore, key: string, world: World): RecordMirror {
  const where = `${objects.where}/${key}`;
  let told = false;
  return {
    read: async () => {
      const got = await objects.get(key);
      if (got.is !== "object") return got;
      const read = readRecord(got.text);
      if ("wrong" in read) {
        return { is: "failed", why: `its mirror ${where} is not trusted: ${read.wrong}`, passing: false };
      }
      if (!told) world.log(`the Lease of the record is gone; going on from its mirror ${where}`);
      told = true;
      return { is: "value", value: read.record, version: "" };
    },
    write: async (record) => {
      let why: string | null = null;
      for (let tries = 1; tries <= WRITE_TRIES; tries += 1) {
        why = await tryWrite(objects, key, record);
        if (why === null) return;
      }
      world.log(`the record's mirror ${where} could not be written: ${why}; the Lease holds it`);
    },
  };
}

/** null: it stands there, or a later one does */
async function tryWrite(objects: ObjectStore, key: string, record: WorkloadRecord): Promise<string | null> {
  const got = await objects.get(key);
  if (got.is === "failed") return got.why;
  if (got.is === "object") {
    const there = readRecord(got.text);
    if ("record" in there && there.record.seq >= record.seq) return null;
  }
  const condition = got.is === "object" ? { etag: got.etag } : "absent";
  const put = await objects.put(key, `${JSON.stringify(record)}\n`, condition);
  if (put.is === "stored") return null;
  return put.is === "failed" ? put.why : "others wrote it at every try";
}
