// Events are sent in the background: answers do not wait, repetitions are counted, memory is bounded.
import assert from "node:assert/strict";
import type { ClusterEvent, EventApi, StoredEvent } from "../../../webhook/cluster/events.ts";
import { createEventRecorder, type EventRecorder } from "../../../webhook/server/eventRecorder.ts";
import type { EventOutcome } from "../../../webhook/server/metrics.ts";
import { waitFor } from "./serving.ts";

const QUIET_MS = 60;

function event(different: { name?: string; code?: string; message?: string } = {}): ClusterEvent {
  const { name = "web", code = "RC012", message = "no" } = different;
  const about = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    namespace: "shop",
    name,
    uid: `uid-of-${name}`,
  };
  return { type: "Warning", reason: "ChangeDenied", code, message, about };
}

/** A stand-in for the API server that keeps written Events. */
class MemoryEvents implements EventApi {
  readonly created: StoredEvent[] = [];
  readonly updated: StoredEvent[] = [];
  /** if set, every call rejects with it */
  fault: Error | null = null;
  /** whether updated Events still exist */
  lives = true;
  /** calls wait until this resolves */
  hold: Promise<void> = Promise.resolve();

  async create(stored: StoredEvent): Promise<void> {
    await this.hold;
    if (this.fault !== null) throw this.fault;
    this.created.push(stored);
  }

  async update(stored: StoredEvent): Promise<boolean> {
    await this.hold;
    if (this.fault !== null) throw this.fault;
    if (this.lives) this.updated.push(stored);
    return this.lives;
  }
}

describe("reporting Events", () => {
  let api: MemoryEvents;
  let outcomes: EventOutcome[];
  let grumbles: string[];
  let clock: number;
  let teller: EventRecorder;
  beforeEach(() => {
    api = new MemoryEvents();
    outcomes = [];
    grumbles = [];
    clock = 0;
    teller = createEventRecorder({
      api,
      onResult: (outcome) => outcomes.push(outcome),
      onWarning: (line) => grumbles.push(line),
      quietMs: QUIET_MS,
      paceMs: 1,
      now: () => performance.now() + clock,
    });
  });

  it("creates one at once, with its own name", async () => {
    teller.emit(event());
    await waitFor(() => outcomes.length === 1);
    const [stored] = api.created;
    assert.match(stored?.name ?? "", /^web\.[0-9a-f]{12}$/);
    assert.deepEqual([stored?.event, stored?.count, stored?.first], [event(), 1, stored?.last]);
  });

  it("counts repetitions, with the newest message, in one write for many", async () => {
    teller.emit(event());
    await waitFor(() => api.created.length === 1);
    for (let index = 1; index <= 50; index += 1) teller.emit(event({ message: `no ${index}` }));
    await waitFor(() => api.updated.length === 1);
    await new Promise((done) => setTimeout(done, 2 * QUIET_MS));
    assert.equal(api.created.length, 1);
    const [stored, ...more] = api.updated;
    assert.deepEqual(more, []);
    assert.equal(stored?.name, api.created[0]?.name);
    assert.deepEqual([stored?.count, stored?.event.message], [51, "no 50"]);
    assert.ok((stored?.last ?? 0) > (stored?.first ?? 0));
  });

  it("does not delay new ones behind a repetition", async () => {
    const became = (outcome: EventOutcome): void => void outcomes.push(outcome);
    const slow = createEventRecorder({
      api,
      onResult: became,
      onWarning: assert.fail,
      quietMs: 3_600_000,
      paceMs: 1,
    });
    slow.emit(event());
    await waitFor(() => api.created.length === 1);
    slow.emit(event());
    await new Promise((done) => setTimeout(done, 20));
    slow.emit(event({ name: "other" }));
    await waitFor(() => api.created.length === 2);
    assert.deepEqual(outcomes, ["written", "written"]);
  });

  it("distinguishes codes and objects", async () => {
    for (const different of [{}, { code: "RC013" }, { name: "other" }]) teller.emit(event(different));
    await waitFor(() => outcomes.length === 3);
    const told = api.created.map(({ event: { about, code } }) => `${about.name} ${code}`);
    assert.deepEqual(told, ["web RC012", "web RC013", "other RC012"]);
  });

  it("creates it again if it is gone", async () => {
    teller.emit(event());
    await waitFor(() => api.created.length === 1);
    api.lives = false;
    teller.emit(event());
    await waitFor(() => api.created.length === 2);
    const [old, anew] = api.created;
    assert.notEqual(anew?.name, old?.name);
    assert.equal(anew?.count, 2);
  });

  it("creates a new one after ten minutes without a repetition", async () => {
    teller.emit(event());
    await waitFor(() => api.created.length === 1);
    clock += 10 * 60_000;
    teller.emit(event());
    await waitFor(() => api.created.length === 2);
    assert.equal(api.created[1]?.count, 1);
  });

  it("returns at once while the API server hangs, and keeps a limited number", async () => {
    let release = (): void => undefined;
    api.hold = new Promise((done) => {
      release = done;
    });
    const began = performance.now();
    for (let index = 0; index < 2_000; index += 1) teller.emit(event({ name: `web-${index}` }));
    assert.ok(performance.now() - began < 1_000);
    assert.equal(outcomes.filter((outcome) => outcome === "dropped").length, 1_500);
    release();
    await waitFor(() => outcomes.length === 2_000);
    assert.equal(api.created.length, 500);
    assert.equal(api.created.at(-1)?.event.about.name, "web-1999");
  });

  it("causes no failures, and logs the reason once a minute, with the number of others", async () => {
    api.fault = new Error("forbidden:\n  no verb create");
    for (const name of ["one", "two", "three"]) teller.emit(event({ name }));
    await waitFor(() => outcomes.length === 9);
    clock += 61_000;
    teller.emit(event({ name: "four" }));
    await waitFor(() => outcomes.length === 12);
    assert.deepEqual(outcomes, Array(12).fill("failed"));
    const line = (name: string, more: string): string =>
      `cannot write Event ChangeDenied about StatefulSet shop/${name}${more}: forbidden: no verb create`;
    assert.deepEqual(grumbles, [line("one", ""), line("four", " (and 8 more since the last such line)")]);
    api.fault = null;
    teller.emit(event({ name: "one" }));
    await waitFor(() => api.created.length === 1);
    assert.equal(api.created[0]?.count, 2);
  });

  it("retries a failed write, up to three attempts in all", async () => {
    api.fault = new Error("busy");
    teller.emit(event());
    await waitFor(() => outcomes.length === 1);
    api.fault = null;
    await waitFor(() => api.created.length === 1);
    assert.deepEqual(outcomes, ["failed", "written"]);
    api.fault = new Error("busy");
    teller.emit(event({ name: "other" }));
    await waitFor(() => outcomes.length === 5);
    await new Promise((done) => setTimeout(done, 5 * QUIET_MS));
    assert.equal(outcomes.length, 5);
  });

  it("truncates long messages and names", async () => {
    teller.emit(event({ name: `a${"-.".repeat(126)}`, message: "x".repeat(5_000) }));
    await waitFor(() => api.created.length === 1);
    const [{ name, event: told } = assert.fail()] = api.created;
    assert.equal(told.message.length, 2_048);
    assert.ok(told.message.endsWith("x..."));
    assert.match(name, /^a\.[0-9a-f]{12}$/);
  });
});
