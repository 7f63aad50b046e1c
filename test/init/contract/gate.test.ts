// Limits concurrent work: first come, first served, and no one waits beyond the deadline.
import assert from "node:assert/strict";
import { Gate } from "../../../init/contract/gate.ts";

const patient = new AbortController().signal;
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

describe("a gate", () => {
  it("admits up to its limit, and the next waiter after a release", async () => {
    const gate = new Gate(3);
    const first = await gate.enter(2, patient);
    assert.notEqual(await gate.enter(1, patient), null);
    let isIn = false;
    const waiting = gate.enter(2, patient).then((leave) => {
      isIn = true;
      return leave;
    });
    await turn();
    assert.equal(isIn, false);
    first?.();
    assert.notEqual(await waiting, null);
  });

  it("admits no newcomer before earlier waiters, even if it would fit", async () => {
    const gate = new Gate(3);
    const leave = await gate.enter(2, patient);
    const entered: string[] = [];
    const large = gate.enter(3, patient).then(() => entered.push("large"));
    assert.equal(gate.tryEnter(1), null);
    const small = gate.enter(1, AbortSignal.timeout(20));
    assert.equal(await small, null);
    leave?.();
    await large;
    assert.deepEqual(entered, ["large"]);
  });

  it("admits the next waiters when the first one gives up", async () => {
    const gate = new Gate(3);
    await gate.enter(2, patient);
    const large = gate.enter(3, AbortSignal.timeout(20));
    const small = gate.enter(1, patient);
    assert.equal(await large, null);
    assert.notEqual(await small, null);
  });

  it("does not wait after the deadline", async () => {
    const gate = new Gate(1);
    await gate.enter(1, patient);
    assert.equal(await gate.enter(1, AbortSignal.abort()), null);
  });

  it("tryEnter does not wait, and respects a lower limit", () => {
    const gate = new Gate(10);
    const leave = gate.tryEnter(4, 5);
    assert.equal(typeof leave, "function");
    assert.equal(gate.tryEnter(2, 5), null);
    assert.equal(typeof gate.tryEnter(2), "function");
    leave?.();
    assert.equal(typeof gate.tryEnter(3, 5), "function");
  });
});
