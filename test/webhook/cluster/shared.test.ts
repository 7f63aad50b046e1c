// One look for all who ask at the same time, none of which began before they asked.
import assert from "node:assert/strict";
import { coalesceCalls } from "../../../webhook/cluster/coalesceCalls.ts";

interface PendingCall {
  end(value: string): void;
  deadline: AbortSignal;
}

describe("a shared look", () => {
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

  it("is never one that began before its asker came, and the next one is for all who came meanwhile", async () => {
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

  it("is given up once nobody waits for it, and the next one begins", async () => {
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

  it("that was given up before it began is not shared with who comes later", async () => {
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

  it("that fails fails for those who waited for it alone", async () => {
    const impatient = AbortSignal.abort();
    await assert.rejects(ask(impatient));
    const next = ask(patient);
    await turn();
    begun.at(-1)?.end("new");
    assert.equal(await next, "new");
  });
});
