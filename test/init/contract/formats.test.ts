// Formats of earlier releases can be read forever (CHANGELOG: stable from 0.2.0 on). Each release has a folder that it
// wrote and that never changes. A release with new formats adds a folder.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { lease } from "../../../init/contract/apiObjects.ts";
import { computeStepDigest, readMarker } from "../../../init/contract/marker.ts";
import { readPlan } from "../../../init/contract/plan.ts";
import { computeReleaseId, readRecord } from "../../../init/contract/record.ts";
import { readShape } from "../../../init/contract/shape.ts";
import { makeRig } from "../rig.ts";

const FORMATS = new URL("formats/", import.meta.url);

for (const release of await readdir(FORMATS)) {
  const read = (name: string): Promise<string> => readFile(new URL(`${release}/${name}`, FORMATS), "utf8");

  describe(`the formats of Rollcall ${release}`, () => {
    it("reads the plan, and derives the same release and step digests from it", async () => {
      const text = await read("plan.json");
      const result = readPlan(text);
      assert.ok("plan" in result, JSON.stringify(result));
      assert.deepEqual(result.plan, JSON.parse(text));
      assert.equal(computeReleaseId(result.plan), "example.test/app:1#85bc55f24aab");
      assert.deepEqual(result.plan.steps.map(computeStepDigest), [
        "e65d64aabfa9d562188b0b0c6330f6e61e6a2db100d2356c392bf4a9333f53ac",
        "80acddca38f5cb6553b651627cc85280af3cf748882c9095dbba104f13a41b5e",
      ]);
    });

    it("trusts the marker", async () => {
      assert.equal(readMarker(await read("marker.json")).is, "whole");
    });

    it("does not repeat a step that the marker proves", async () => {
      const rig = await makeRig();
      try {
        await mkdir(dirname(rig.marker));
        await writeFile(rig.marker, await read("marker.json"));
        const plan = (await read("volumePlan.json")).replace('"VOLUME"', JSON.stringify(rig.volume));
        // the step would fail now
        const end = await rig.run(plan, { STEP_EXIT: "1" });
        assert.equal(end.code, 0, end.log);
        assert.match(end.message, /seed already done/);
      } finally {
        await rig.remove();
      }
    });

    it("reads the record with all of its fields", async () => {
      const text = await read("record.json");
      assert.deepEqual(readRecord(text), { record: JSON.parse(text) });
    });

    it("reads the Lease of the lock", async () => {
      const json: unknown = JSON.parse(await read("lease.json"));
      assert.deepEqual(readShape(lease, json), { value: json });
    });
  });
}
