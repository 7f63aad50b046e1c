// What the metrics say of the content of pods, from the record of their StatefulSet.
import assert from "node:assert/strict";
import {
  type ContentSummary,
  findContentFault,
  mergeSummaries,
  NO_CONTENT,
  summarizeContent,
} from "../../../webhook/server/contentSummary.ts";

const AT = "2026-11-29T10:00:00Z";
const SET = { name: "otobo", start: 0, replicas: 3, settles: true };

const makeRecord = (
  pods: Readonly<Record<string, string | [id: string, fault: string]>>,
  settled?: string,
) => ({
  content: {
    ...(settled === undefined ? {} : { settled: { id: settled, at: AT, pod: "otobo-0" } }),
    pods: Object.fromEntries(
      Object.entries(pods).map(([pod, value]) => {
        const [id, fault] = typeof value === "string" ? [value] : value;
        return [pod, { id, at: AT, podUid: "u", ...(fault === undefined ? {} : { fault }) }];
      }),
    ),
  },
});

const count = (sets: number, pods: Partial<ContentSummary["pods"]>): ContentSummary => ({
  sets,
  pods: { ...NO_CONTENT.pods, ...pods },
});

describe("the summary of the pods' content", () => {
  it("counts pods with the settled set, with another one, with a fault, and without any", () => {
    const record = makeRecord({ "otobo-0": "2:b", "otobo-1": "1:a" }, "2:b");
    assert.deepEqual(summarizeContent(SET, record), count(2, { current: 1, other: 1, unknown: 1 }));
    const failing = makeRecord(
      { "otobo-0": "2:b", "otobo-1": ["1:a", "no package"], "otobo-2": "2:b" },
      "2:b",
    );
    assert.deepEqual(summarizeContent(SET, failing), count(2, { current: 2, failing: 1 }));
  });

  it("counts a set that all pods have and that is not settled as another one", () => {
    const record = makeRecord({ "otobo-0": "2:b", "otobo-1": "2:b", "otobo-2": "2:b" }, "1:a");
    assert.deepEqual(summarizeContent(SET, record), count(1, { other: 3 }));
  });

  it("does not wait for another StatefulSet's record where the pods have no daemon", () => {
    const record = makeRecord({ "otobo-0": "2:b", "otobo-1": "2:b", "otobo-2": "1:a" });
    assert.deepEqual(summarizeContent({ ...SET, settles: false }, record), count(2, { current: 3 }));
  });

  it("leaves out pods that the StatefulSet does not have any more, and names that are no pod's", () => {
    const record = makeRecord(
      { "otobo-0": "2:b", "otobo-3": "1:a", "otobo-03": "0:x", "other-1": "0:y" },
      "2:b",
    );
    assert.deepEqual(summarizeContent({ ...SET, replicas: 1 }, record), count(1, { current: 1 }));
    const shifted = makeRecord({ "otobo-4": "2:b", "otobo-5": "2:b", "otobo-6": "1:a" }, "2:b");
    assert.deepEqual(summarizeContent({ ...SET, start: 4, replicas: 2 }, shifted), count(1, { current: 2 }));
  });

  it("counts pods without a record as unknown", () => {
    for (const record of [null, {}])
      assert.deepEqual(summarizeContent(SET, record), count(0, { unknown: 3 }));
  });

  it("adds up pods, and keeps the most sets of one StatefulSet", () => {
    assert.deepEqual(
      mergeSummaries(count(2, { current: 1, other: 1 }), count(1, { current: 3, failing: 1 })),
      count(2, { current: 4, other: 1, failing: 1 }),
    );
  });

  it("finds what an administrator should look at", () => {
    assert.equal(findContentFault(count(1, { current: 2, unknown: 1 })), null);
    assert.match(findContentFault(count(2, { current: 1, other: 1 })) ?? "", /2 different sets/);
    assert.match(findContentFault(count(2, { failing: 1 })) ?? "", /1 of its pods cannot take up/);
  });
});
