// What the record says of the packages that pods have (presets/otobo/runner/packages/packageRecord.ts).
import assert from "node:assert/strict";
import { readRecord, type WorkloadRecord } from "../../../init/contract/record.ts";
import { withPodContent, withSettled } from "../../../presets/otobo/runner/packages/packageRecord.ts";

const AT = "2026-11-29T20:00:00.000Z";
const BASE = "image:1 11.0.5+abc+def";

const record = (changes: Partial<WorkloadRecord> = {}): WorkloadRecord => ({
  schema: 1,
  kind: "otobo",
  profile: "desk",
  base: 1,
  seq: 1,
  fence: 1,
  drained: {},
  intents: {},
  tombstones: {},
  release: { id: `${BASE} packages:1:aaaaaaaaaaaa#steps`, at: AT, pod: "otobo-0", fence: 1 },
  ...changes,
});

const has = (id: string, fault: string | null = null) => ({ id, fault, podUid: "u", at: AT });
const settle = (before: WorkloadRecord, release: string | null) =>
  withSettled(before, { id: "2:b", at: AT, pod: "otobo-1" }, { release, fence: 3 });

describe("the record of packages", () => {
  it("names the set of each pod, and is unchanged if it says so already", () => {
    const first = withPodContent(record(), "otobo-0", has("1:a"));
    const both = withPodContent(first, "otobo-1", has("2:b", "package X: broken"));
    assert.deepEqual(both.content?.pods, {
      "otobo-0": { id: "1:a", at: AT, podUid: "u" },
      "otobo-1": { id: "2:b", at: AT, podUid: "u", fault: "package X: broken" },
    });
    assert.equal(withPodContent(both, "otobo-1", { ...has("2:b", "package X: broken"), at: "later" }), both);
    const read = readRecord(JSON.stringify(both));
    assert.ok("record" in read);
    assert.deepEqual(read.record.content, both.content);
  });

  it("bounds the reason, and forgets pods that have left for good", () => {
    const tombstones = { "otobo-2": { at: AT, podUid: "v", finished: true } };
    const before = withPodContent(record(), "otobo-2", has("1:a"));
    const after = withPodContent({ ...before, tombstones }, "otobo-0", has("1:a", "x".repeat(9_999)));
    assert.deepEqual(Object.keys(after.content?.pods ?? {}), ["otobo-0"]);
    assert.equal(after.content?.pods?.["otobo-0"]?.fault?.length, 300);
  });

  it("forgets drained pods, and keeps one that has come back", () => {
    const drained = { "otobo-1": { at: AT, podUid: "u" }, "otobo-2": { at: AT, podUid: "before" } };
    const one = withPodContent(record(), "otobo-1", has("1:a"));
    const both = withPodContent(one, "otobo-2", has("1:a"));
    const after = withPodContent({ ...both, drained }, "otobo-0", has("1:a"));
    assert.deepEqual(Object.keys(after.content?.pods ?? {}), ["otobo-2", "otobo-0"]);
  });

  it("counts the release with the new set as done only if nothing else of it has changed", () => {
    const release = `${BASE} packages:2:bbbbbbbbbbbb#steps`;
    assert.deepEqual(settle(record(), release).release, { id: release, at: AT, pod: "otobo-1", fence: 3 });
    const others: readonly [Partial<WorkloadRecord>, string | null][] = [
      [{}, null],
      [{}, "image:2 11.0.5+abc+def packages:2:bbbbbbbbbbbb#steps"],
      [{}, `${BASE} packages:2:bbbbbbbbbbbb#other`],
      [{ releasing: { id: release, steps: {} } }, release],
    ];
    for (const [changes, id] of others) {
      const before = record(changes);
      const after = settle(before, id);
      assert.deepEqual(after.release, before.release);
      assert.deepEqual(after.content?.settled, { id: "2:b", at: AT, pod: "otobo-1" });
    }
  });
});
