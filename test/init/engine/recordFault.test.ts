// What the runner says about a record that it does not use.
import assert from "node:assert/strict";
import { RECORD_ANNOTATION, RECORD_SCHEMA } from "../../../init/contract/record.ts";
import { createRecordCell } from "../../../init/engine/record/recordStore.ts";

const IDENTITY = {
  namespace: "shop",
  workload: "web",
  pod: "web-0",
  nodeId: "1",
  kind: "generic",
  profile: "shop",
};

async function readStored(text: string): Promise<string> {
  const annotations = { [RECORD_ANNOTATION]: text };
  const body = { metadata: { resourceVersion: "1", annotations } };
  const reading = await createRecordCell(() => Promise.resolve({ status: 200, body }), IDENTITY).read();
  assert.ok(reading.is === "failed" && !reading.isTransient, JSON.stringify(reading));
  return reading.why;
}

describe("a record that the runner does not use", () => {
  it("is to be left alone if it was written by a later version", async () => {
    const why = await readStored(JSON.stringify({ schema: RECORD_SCHEMA + 1 }));
    assert.match(
      why,
      /later version of Rollcall \(schema 2\)\. It is never overwritten\. Install that version/,
    );
    assert.match(why, /do not change or delete the record\.$/);
    assert.doesNotMatch(why, /by hand/);
  });

  it("is to be corrected if it is not valid", async () => {
    assert.match(
      await readStored("{"),
      /it is not JSON\. It is never overwritten\. Correct the record by hand/,
    );
  });
});
