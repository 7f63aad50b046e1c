// Shares one call among all who request it at the same time; it never began before their request.
import assert from "node:assert/strict";
import { coalesceCalls } from "../../../webhook/cluster/coalesceCalls.ts";

interface PendingCall {
  end(value: string): void;
  deadline: AbortSignal;
}

describe("a shared call", () => {
  let begun: PendingCall[];
  let ask: (deadline: AbortSignal) => Promise<string>;
  const patient = new AbortController().signal;
  const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
  beforeEach(() => {
    begun = [];
    ask = coalesceCalls(
      (deadline) =>
        new Promise((resolve, reject) => {
          begun.push({ end: resolve, deadline });
          deadline.addEventListener("abort", () => reject(new Error("given up")));
        }),
    );
  });

  it("never began before the request, and the next call serves all who came in the meantime", async () => {
    const first = ask(patient);
    const [second, third] = [ask(patient), ask(patient)];
    await turn();
    assert.equal(begun.length, 1);
    begun[0]?.end("old");
    assert.equal(await first, "old");
    await turn();
    assert.equal(begun.length, 2);
    begun[1]?.end("new");
    assert.deepEqual([await second, await third], ["new", "new"]);
  });

  it("is aborted when no one waits for it, and then the next one begins", async () => {
    const impatient = new AbortController();
    const first = ask(impatient.signal);
    const second = ask(patient);
    impatient.abort();
    await assert.rejects(first, /no answer in time/);
    await turn();
    assert.equal(begun[0]?.deadline.aborted, true);
    begun[1]?.end("new");
    assert.equal(await second, "new");
  });

  it("is not shared with later requests if it was aborted before it began", async () => {
    const first = ask(patient);
    const impatient = new AbortController();
    const second = ask(impatient.signal);
    impatient.abort();
    await assert.rejects(second);
    const third = ask(patient);
    begun[0]?.end("old");
    assert.equal(await first, "old");
    await turn();
    begun.at(-1)?.end("new");
    assert.equal(await third, "new");
  });

  it("fails only for those who waited for it", async () => {
    const impatient = AbortSignal.abort();
    await assert.rejects(ask(impatient));
    const next = ask(patient);
    await turn();
    begun.at(-1)?.end("new");
    assert.equal(await next, "new");
  });
});
