// Limits the duration of work by a deadline.
import assert from "node:assert/strict";
import { withDeadline } from "../../../init/contract/withDeadline.ts";

const never = new Promise<string>(() => undefined);

describe("withDeadline", () => {
  it("resolves or rejects as the work does before the deadline", async () => {
    const { signal } = new AbortController();
    assert.equal(await withDeadline(Promise.resolve("asked"), signal, () => "late"), "asked");
    const failed = Promise.reject(new Error("failed"));
    await assert.rejects(
      withDeadline(failed, signal, () => "late"),
      /failed/,
    );
  });

  it("calls onDeadline at the deadline, and at once if it has passed", async () => {
    const late = new AbortController();
    const answer = withDeadline(never, late.signal, () => "late");
    late.abort();
    assert.equal(await answer, "late");
    assert.equal(await withDeadline(never, late.signal, () => "late"), "late");
  });

  it("rejects if onDeadline throws", async () => {
    const answer = withDeadline(never, AbortSignal.abort(), () => {
      throw new Error("no answer in time");
    });
    await assert.rejects(answer, /^Error: no answer in time$/);
  });

  it("ignores a failure after the deadline", async () => {
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
