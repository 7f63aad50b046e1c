// What must be answered by a deadline.
import assert from "node:assert/strict";
import { withDeadline } from "../../../init/contract/withDeadline.ts";

const never = new Promise<string>(() => undefined);

describe("an answer with a deadline", () => {
  it("is what was asked for where it comes in time, also a failure", async () => {
    const { signal } = new AbortController();
    assert.equal(await withDeadline(Promise.resolve("asked"), signal, () => "late"), "asked");
    const failed = Promise.reject(new Error("failed"));
    await assert.rejects(
      withDeadline(failed, signal, () => "late"),
      /failed/,
    );
  });

  it("is the other one at the deadline, and at once where it is over", async () => {
    const late = new AbortController();
    const answer = withDeadline(never, late.signal, () => "late");
    late.abort();
    assert.equal(await answer, "late");
    assert.equal(await withDeadline(never, late.signal, () => "late"), "late");
  });

  it("is a failure where there is no other one", async () => {
    const answer = withDeadline(never, AbortSignal.abort(), () => {
      throw new Error("no answer in time");
    });
    await assert.rejects(answer, /^Error: no answer in time$/);
  });

  it("is settled once: what fails after the deadline is dropped", async () => {
    const late = new AbortController();
    let fail = (_: Error): void => undefined;
    const asked = new Promise<string>((_, reject) => {
      fail = reject;
    });
    const answer = withDeadline(asked, late.signal, () => "late");
    late.abort();
    fail(new Error("too late"));
    assert.equal(await answer, "late");
  });
});
