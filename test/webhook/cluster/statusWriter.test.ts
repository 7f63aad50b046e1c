// Conditions in the status of objects, with objects in memory and watches that may lag.
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type { KubeRequest, KubeResponse } from "../../../webhook/cluster/call.ts";
import type { ReadyVerdict } from "../../../webhook/cluster/readyCondition.ts";
import { type StatusWriter, startStatusWriter } from "../../../webhook/cluster/statusWriter.ts";
import { readWatchedObject, type WatchedObject } from "../../../webhook/cluster/watchedObject.ts";
import { FakeTime } from "./fakeTime.ts";

const PATH = "/apis/rollcall.test/v1/things";

interface Thing {
  metadata: { name: string; uid: string; generation: number; resourceVersion: string };
  status?: { observedGeneration?: number; conditions?: Record<string, unknown>[]; other?: string };
}

/** The objects of an API server. */
class Things {
  readonly all = new Map<string, Thing>();
  /** name and new status of each stored write */
  readonly writes: { name: string; status: NonNullable<Thing["status"]> }[] = [];
  /** number of PATCHes, stored or not */
  sent = 0;
  /** @returns a status to send instead of the answer; null: send the answer */
  instead: (request: KubeRequest) => Promise<number | null> = async () => null;
  atOnce = 0;
  mostAtOnce = 0;
  #version = 0;
  #uids = 0;

  put(name: string, status?: Thing["status"]): void {
    const before = this.all.get(name);
    if (before === undefined) this.#uids += 1;
    this.#version += 1;
    const metadata = {
      name,
      uid: before?.metadata.uid ?? `uid-${this.#uids}`,
      generation: (before?.metadata.generation ?? 0) + 1,
      resourceVersion: String(this.#version),
    };
    const kept = status ?? before?.status;
    this.all.set(name, { metadata, ...(kept === undefined ? {} : { status: kept }) });
  }

  call = async (request: KubeRequest): Promise<KubeResponse> => {
    assert.equal(request.method, "PATCH");
    assert.equal(request.contentType, "application/merge-patch+json");
    this.sent += 1;
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    try {
      await turn();
      const code = await this.instead(request);
      return code === null
        ? this.#patch(request)
        : answer(code, { message: `refused with ${code}`, reason: "NotFound" });
    } finally {
      this.atOnce -= 1;
    }
  };

  #patch({ path, body }: KubeRequest): KubeResponse {
    const [, name = ""] =
      /^\/apis\/rollcall\.test\/v1\/things\/([^/]+)\/status\?fieldManager=rollcall$/.exec(path) ?? [];
    const thing = this.all.get(name);
    if (thing === undefined) return answer(404, { message: "not found", reason: "NotFound" });
    const patch = structuredClone(body) as Required<Thing>;
    if (patch.metadata.resourceVersion !== thing.metadata.resourceVersion)
      return answer(409, { message: "the object has been modified" });
    this.#version += 1;
    const status = { ...thing.status, ...patch.status };
    const next = { metadata: { ...thing.metadata, resourceVersion: String(this.#version) }, status };
    this.all.set(name, next);
    this.writes.push({ name, status });
    return answer(200, structuredClone(next));
  }
}

const answer = (status: number, body: object): KubeResponse => ({
  status,
  body,
  date: null,
  retryAfterMs: null,
});

describe("the conditions of objects", () => {
  let things: Things;
  let time: FakeTime;
  let writers: StatusWriter[];
  let verdicts: Map<string, Partial<ReadyVerdict>>;

  /** A replica with its cache. */
  class Replica {
    cached: readonly WatchedObject[] = [];
    isLeader = true;
    readonly troubles: (string | null)[] = [];
    readonly writer: StatusWriter;
    looks = 0;

    constructor() {
      this.writer = startStatusWriter({
        api: things,
        path: PATH,
        what: "Things",
        objects: {
          list: () => this.cached,
          refresh: async (name) => {
            this.looks += 1;
            this.sync();
            return this.cached.find((each) => each.name === name) ?? null;
          },
        },
        judge: (name) => {
          const found = this.cached.find((each) => each.name === name);
          const verdict = verdicts.get(name);
          if (found === undefined || verdict === undefined) return null;
          const { uid, generation } = found;
          return {
            uid,
            generation,
            isReady: true,
            reason: "Accepted",
            message: "it is in force",
            ...verdict,
          };
        },
        isLeader: () => this.isLeader,
        onTrouble: (words) => this.troubles.push(words),
        now: () => new Date(1_800_000_000_000 + time.now),
        wait: time.clock(0).wait,
        random: () => 0.5,
      });
      writers.push(this.writer);
    }

    /** Updates the cache, as the watch would. */
    sync(): void {
      this.cached = Array.from(things.all.values(), (each) => readWatchedObject(structuredClone(each)));
    }

    async see(): Promise<void> {
      this.sync();
      this.writer.wake();
      await time.pass(1_500);
    }
  }

  const findReadyCondition = (name: string) => {
    const all = (things.all.get(name)?.status?.conditions ?? []).filter(({ type }) => type === "Ready");
    assert.ok(all.length <= 1);
    return all[0];
  };

  beforeEach(() => {
    things = new Things();
    time = new FakeTime();
    writers = [];
    verdicts = new Map();
    for (const name of ["a", "b", "c"]) {
      things.put(name);
      verdicts.set(name, {});
    }
  });
  afterEach(() => Promise.all(writers.map((writer) => writer.stop())));

  it("are written once, and nothing is sent without a change", async () => {
    const replica = new Replica();
    await replica.see();
    assert.deepEqual(findReadyCondition("a"), {
      type: "Ready",
      status: "True",
      reason: "Accepted",
      message: "it is in force",
      observedGeneration: 1,
      lastTransitionTime: "2027-01-15T08:00:00Z",
    });
    assert.equal(things.all.get("a")?.status?.observedGeneration, 1);
    assert.equal(things.sent, 3);
    // the watch lags, then reports the write
    replica.writer.wake();
    await time.pass(5_000);
    for (let times = 0; times < 5; times += 1) await replica.see();
    assert.equal(things.sent, 3);
    assert.deepEqual(replica.troubles, []);
  });

  it("are written by the leader only, and a new leader finds nothing to write", async () => {
    const [first, second] = [new Replica(), new Replica()];
    second.isLeader = false;
    await Promise.all([first, second].map((each) => each.see()));
    assert.equal(things.sent, 3);
    first.isLeader = false;
    second.isLeader = true;
    await Promise.all([first, second].map((each) => each.see()));
    assert.equal(things.sent, 3);
    verdicts.set("b", { isReady: false, reason: "Conflict" });
    await Promise.all([first, second].map((each) => each.see()));
    assert.equal(things.sent, 4);
  });

  it("are not written any more when leadership is lost during a round", async () => {
    for (let count = 0; count < 50; count += 1) {
      things.put(`t${count}`);
      verdicts.set(`t${count}`, {});
    }
    const replica = new Replica();
    things.instead = async () => {
      if (things.sent === 10) replica.isLeader = false;
      return null;
    };
    await replica.see();
    assert.ok(things.sent <= 13, `${things.sent} sent`);
    assert.equal(things.mostAtOnce, 4);
    replica.isLeader = true;
    await replica.see();
    assert.equal(things.sent, 53);
  });

  it("change lastTransitionTime only with their status", async () => {
    const replica = new Replica();
    await replica.see();
    const since = findReadyCondition("a")?.["lastTransitionTime"];
    verdicts.set("a", { message: "it is in force, and b too" });
    await replica.see();
    things.put("a");
    await replica.see();
    assert.deepEqual(
      [findReadyCondition("a")?.["observedGeneration"], findReadyCondition("a")?.["lastTransitionTime"]],
      [2, since],
    );
    verdicts.set("a", { isReady: false, reason: "Invalid" });
    await replica.see();
    assert.deepEqual(
      [findReadyCondition("a")?.["status"], findReadyCondition("a")?.["reason"]],
      ["False", "Invalid"],
    );
    assert.notEqual(findReadyCondition("a")?.["lastTransitionTime"], since);
    assert.equal(things.writes.filter(({ name }) => name === "a").length, 4);
  });

  it("do not replace conditions of others, nor other fields of the status", async () => {
    const others = [
      { type: "Audited", status: "True" },
      { odd: true },
      { type: "Ready", status: "Unknown" },
      { type: "Last" },
    ];
    things.put("a", { other: "kept", conditions: others });
    const replica = new Replica();
    await replica.see();
    const { other, conditions = [] } = things.all.get("a")?.status ?? {};
    assert.equal(other, "kept");
    assert.deepEqual(conditions.slice(0, 3), [others[0], others[1], others[3]]);
    assert.equal(findReadyCondition("a")?.["status"], "True");
  });

  it("are written at most once a second if a verdict alternates", async () => {
    const replica = new Replica();
    for (let times = 0; times < 100; times += 1) {
      verdicts.set("a", { isReady: times % 2 === 0 });
      replica.sync();
      replica.writer.wake();
      await time.pass(100);
    }
    const { length } = things.writes.filter(({ name }) => name === "a");
    assert.ok(length <= 11, `${length} writes in 10 s`);
    await replica.see();
    assert.equal(findReadyCondition("a")?.["status"], "False");
  });

  it("have messages of limited length, which compare equal when they are read back", async () => {
    for (const message of [
      "x".repeat(100_000),
      "\u{1F600}".repeat(40_000),
      `y${"\u{1F600}".repeat(40_000)}`,
      "half \ud83d",
    ]) {
      things.writes.length = 0;
      verdicts.set("a", { message });
      const replica = new Replica();
      await replica.see();
      const stored = String(findReadyCondition("a")?.["message"]);
      assert.ok(stored.length <= 32_768 && stored.isWellFormed() && stored.startsWith(message.slice(0, 4)));
      await replica.see();
      await replica.see();
      assert.equal(things.writes.filter(({ name }) => name === "a").length, 1);
      await replica.writer.stop();
    }
  });

  it("are computed again after a conflict, without a failure if the object is gone", async () => {
    const replica = new Replica();
    replica.sync();
    things.put("a", { conditions: [{ type: "Audited", status: "True" }] });
    things.all.delete("b");
    await time.pass(3_000);
    assert.equal(replica.looks, 2);
    assert.equal(findReadyCondition("a")?.["observedGeneration"], 2);
    assert.equal(things.all.get("a")?.status?.conditions?.length, 2);
    assert.deepEqual([things.sent, things.writes.length], [4, 2]);
    assert.ok(findReadyCondition("c"));
  });

  it("are not written for another object of the name, another generation, or without a verdict", async () => {
    verdicts.set("a", { uid: "another" });
    verdicts.set("b", { generation: 7 });
    verdicts.delete("c");
    const replica = new Replica();
    await replica.see();
    assert.equal(things.sent, 0);
  });

  it("are retried with growing pauses while the API server fails, which is reported once", async () => {
    for (let count = 0; count < 20; count += 1) {
      things.put(`t${count}`);
      verdicts.set(`t${count}`, {});
    }
    const replica = new Replica();
    things.instead = async () => 503;
    replica.sync();
    await time.pass(60_000);
    // four concurrent writes fail in each round
    assert.ok(things.sent >= 4 * 10 && things.sent <= 4 * 20, `${things.sent} sent in a minute`);
    assert.deepEqual(replica.troubles, ["the status of Things cannot be written: 503 refused with 503"]);
    things.instead = async () => {
      throw new Error("the API server: nothing listens there (ECONNREFUSED)");
    };
    await time.pass(6_000);
    things.instead = async () => null;
    await time.pass(6_000);
    assert.equal(things.writes.length, 23);
    assert.equal(replica.troubles.length, 3);
    assert.equal(replica.troubles.at(-1), null);
  });

  it("are reported if the API server rejects them, and are not sent again before they change", async () => {
    const replica = new Replica();
    things.instead = async ({ path }) => (path.includes("/a/") ? 422 : null);
    await replica.see();
    await replica.see();
    assert.deepEqual([things.sent, things.writes.length], [3, 2]);
    assert.deepEqual(replica.troubles, ["the status of Things cannot be written: a: 422 refused with 422"]);
    things.instead = async () => null;
    verdicts.set("a", { message: "shorter" });
    await replica.see();
    assert.equal(findReadyCondition("a")?.["message"], "shorter");
    assert.equal(replica.troubles.at(-1), null);
  });
});
