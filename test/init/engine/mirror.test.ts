// The record's copy in S3: what is replaced, and what is kept.
import assert from "node:assert/strict";
import { RECORD_SCHEMA, type WorkloadRecord } from "../../../init/contract/record.ts";
import type { ObjectStore, World } from "../../../init/engine/ports.ts";
import { openMirror } from "../../../init/engine/record/mirror.ts";

const RECORD: WorkloadRecord = {
  schema: RECORD_SCHEMA,
  kind: "generic",
  profile: "shop",
  base: 1,
  seq: 2,
  fence: 0,
  drained: {},
  intents: {},
  tombstones: {},
};

/** A mirror whose object is `text`. */
function openOn(text: string) {
  const stored = { text };
  const log: string[] = [];
  const objects: ObjectStore = {
    where: "bucket boot",
    get: () => Promise.resolve({ is: "object", text: stored.text, etag: "1" }),
    put: (_, next) => {
      stored.text = next;
      return Promise.resolve({ is: "stored", etag: "2" });
    },
  };
  const world = { log: (line: string) => log.push(line) } as unknown as World;
  return { mirror: openMirror(objects, "record.json", world), stored, log };
}

describe("the record's copy in S3", () => {
  it("is replaced if it is older or is not a record", async () => {
    for (const text of [JSON.stringify({ ...RECORD, seq: 1 }), "{"]) {
      const { mirror, stored, log } = openOn(text);
      await mirror.write(RECORD);
      assert.deepEqual([JSON.parse(stored.text), log], [RECORD, []]);
    }
  });

  it("is kept if it is newer", async () => {
    const newer = JSON.stringify({ ...RECORD, seq: 3 });
    const { mirror, stored, log } = openOn(newer);
    await mirror.write(RECORD);
    assert.deepEqual([stored.text, log], [newer, []]);
  });

  it("is kept if a later version of Rollcall wrote it, which is logged once", async () => {
    const later = JSON.stringify({ schema: RECORD_SCHEMA + 1, seq: 1 });
    const { mirror, stored, log } = openOn(later);
    await mirror.write(RECORD);
    assert.equal(stored.text, later);
    assert.deepEqual(log, [
      "cannot write the record's copy bucket boot/record.json: it was written by a later version of Rollcall (schema 2); the Lease is up to date",
    ]);
  });

  it("is not used if a later version wrote it", async () => {
    const { mirror } = openOn(JSON.stringify({ schema: RECORD_SCHEMA + 1 }));
    const reading = await mirror.read();
    assert.ok(reading.is === "failed" && !reading.isTransient, JSON.stringify(reading));
    assert.match(reading.why, /later version of Rollcall \(schema 2\)$/);
  });
});
