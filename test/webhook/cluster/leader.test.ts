// Leader election among candidates with their own clocks, with Leases in memory.
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { LeaseStore } from "../../../webhook/cli/try/leases.ts";
import type { ApiClient, KubeRequest, KubeResponse } from "../../../webhook/cluster/call.ts";
import { type LeaderElection, runForLeader } from "../../../webhook/cluster/leader.ts";
import { FakeTime } from "./fakeTime.ts";

const [NAMESPACE, NAME] = ["rollcall-system", "rollcall-leader"];

/** "drop": not carried out; "lost": carried out without an answer; "late": carried out later, without an answer */
type Fate = "done" | "drop" | "lost" | "late" | 500;

class Replica {
  readonly events: string[] = [];
  readonly troubles: (string | null)[] = [];
  fate: (request: KubeRequest) => Fate = () => "done";
  /** requests that will be carried out later */
  readonly late: (() => void)[] = [];
  readonly election: LeaderElection;
  lost: AbortSignal | null = null;

  constructor(
    readonly_: { name: string; version?: string; offset?: number },
    { leases, time, log }: { leases: LeaseStore; time: FakeTime; log: string[] },
  ) {
    const { name, version = "0.2.0", offset = 0 } = readonly_;
    const tell = (what: string): void => {
      this.events.push(what);
      log.push(`${name} ${what} at ${time.now}`);
    };
    this.election = runForLeader({
      api: { call: (request) => this.#call(leases, request) },
      namespace: NAMESPACE,
      name: NAME,
      identity: name,
      version,
      onStarted: (lost) => {
        this.lost = lost;
        tell("started");
      },
      onStopped: () => {
        assert.equal(this.lost?.aborted, true);
        assert.equal(this.election.isLeader(), false);
        tell("stopped");
      },
      onTrouble: (words) => this.troubles.push(words),
      clock: time.clock(offset),
      random: () => 0.5,
    });
  }

  #call: (leases: LeaseStore, request: KubeRequest) => ReturnType<ApiClient["call"]> = async (
    leases,
    request,
  ) => {
    await turn();
    const fate = this.fate(request);
    if (fate === "done") return answerRequest(leases, request);
    if (fate === 500) return { status: 500, body: { message: "broken" }, date: null, retryAfterMs: null };
    if (fate === "lost") answerRequest(leases, request);
    if (fate === "late") this.late.push(() => answerRequest(leases, request));
    return new Promise((_, reject) =>
      request.deadline.addEventListener("abort", () => reject(new Error("it did not answer in time")), {
        once: true,
      }),
    );
  };
}

function answerRequest(leases: LeaseStore, { method, path, body }: KubeRequest): KubeResponse {
  const reply =
    method === "GET"
      ? leases.get(NAMESPACE, NAME)
      : method === "POST"
        ? leases.create(NAMESPACE, body)
        : leases.update(NAMESPACE, NAME, body);
  assert.match(path, /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/rollcall-system\/leases/);
  const sent = "object" in reply ? reply.object : { kind: "Status", ...reply };
  return { status: reply.code, body: structuredClone(sent), date: null, retryAfterMs: null };
}

describe("leader election", () => {
  let leases: LeaseStore;
  let time: FakeTime;
  let log: string[];
  let replicas: Replica[];
  const begin = (name: string, more: { version?: string; offset?: number } = {}): Replica => {
    const replica = new Replica({ name, ...more }, { leases, time, log });
    replicas.push(replica);
    return replica;
  };
  const leaders = () => replicas.filter(({ election }) => election.isLeader());
  /** Lets time pass, and asserts that there are never two leaders. */
  const pass = async (milliseconds: number): Promise<void> => {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      await time.pass(100);
      assert.ok(leaders().length <= 1, log.join("\n"));
    }
  };
  const holder = () => leases.peek(NAMESPACE, NAME)?.spec?.holderIdentity?.split("_")[0] ?? null;
  const isWrite = ({ method }: KubeRequest): boolean => method !== "GET";
  /** Starts a leader and a second candidate. */
  const beginTwo = async (more: { version?: string; offset?: number } = {}): Promise<[Replica, Replica]> => {
    const first = begin("a");
    await pass(11_000);
    assert.deepEqual(leaders(), [first]);
    const second = begin("b", more);
    await pass(5_000);
    return [first, second];
  };

  beforeEach(() => {
    leases = new LeaseStore();
    time = new FakeTime();
    log = [];
    replicas = [];
  });
  afterEach(async () => {
    for (const replica of replicas) replica.fate = () => "done";
    const stops = Promise.all(replicas.map(({ election }) => election.stop()));
    await time.pass(20_000);
    await stops;
  });

  it("gives the Lease to the first candidate, which keeps it while it renews it", async () => {
    const [first, second] = await beginTwo({ offset: 1e9 });
    await pass(120_000);
    assert.deepEqual([first.events, second.events], [["started"], []]);
    const { metadata, spec } = leases.peek(NAMESPACE, NAME) ?? {};
    assert.equal(metadata?.annotations?.["rollcall.dev/version"], "0.2.0");
    assert.deepEqual([spec?.leaseDurationSeconds, spec?.leaseTransitions], [15, 0]);
    assert.deepEqual([first.troubles, second.troubles], [[], []]);
  });

  it("passes to the other candidate after the whole duration when the holder is killed", async () => {
    const [first, second] = await beginTwo({ offset: -1e9 });
    const killed = time.now;
    first.fate = () => "drop";
    await pass(9_000);
    assert.deepEqual(second.events, []);
    await pass(13_000);
    assert.deepEqual([first.events, second.events], [["started", "stopped"], ["started"]]);
    const [, stopped, started] = log.map((line) => Number(line.split(" at ")[1]));
    assert.ok(Number(stopped) - killed <= 10_000 && Number(started) - killed > 12_000, log.join("\n"));
    assert.equal(leases.peek(NAMESPACE, NAME)?.spec?.leaseTransitions, 1);
  });

  it("ends in time while calls hang or fail, and returns to the candidate that still holds the Lease", async () => {
    for (const fate of ["drop", 500] as const) {
      const only = begin(`only${fate}`);
      await pass(11_000);
      assert.ok(only.election.isLeader());
      only.fate = () => fate;
      await pass(10_100);
      assert.deepEqual(only.events, ["started", "stopped"]);
      assert.match(
        only.troubles.at(-1) ?? "",
        /^Lease rollcall-system\/rollcall-leader: (it did not answer in time|500 broken)$/,
      );
      only.fate = () => "done";
      await pass(9_000);
      assert.deepEqual(only.events, ["started", "stopped", "started"]);
      assert.equal(only.troubles.at(-1), null);
      await Promise.all([only.election.stop(), time.pass(6_000)]);
    }
  });

  it("is not kept by writes with lost or late answers, which do not take the Lease back either", async () => {
    const [first, second] = await beginTwo();
    first.fate = (request) => (isWrite(request) ? "lost" : "done");
    await pass(10_100);
    assert.deepEqual(first.events, ["started", "stopped"]);
    first.fate = (request) => (isWrite(request) ? "late" : "done");
    await pass(40_000);
    assert.deepEqual(second.events, ["started"]);
    for (const arrive of first.late) arrive();
    assert.equal(holder(), "b");
    await pass(5_000);
    assert.deepEqual(second.events, ["started"]);
  });

  it("survives a write of the Lease by another client", async () => {
    const [first, second] = await beginTwo();
    let others = 0;
    first.fate = (request) => {
      const lease = leases.peek(NAMESPACE, NAME);
      if (isWrite(request) && lease !== null && others < 2) {
        others += 1;
        const annotations = { ...lease.metadata.annotations, note: String(others) };
        leases.update(NAMESPACE, NAME, { ...lease, metadata: { ...lease.metadata, annotations } });
      }
      return "done";
    };
    await pass(30_000);
    assert.deepEqual([first.events, second.events, others], [["started"], [], 2]);
    assert.equal(leases.peek(NAMESPACE, NAME)?.metadata.annotations?.["note"], "2");
  });

  it("never has two leaders if the Lease is deleted", async () => {
    const [first, second] = await beginTwo();
    first.fate = () => "drop";
    leases.remove(NAMESPACE, NAME);
    await pass(30_000);
    assert.deepEqual([first.events, second.events], [["started", "stopped"], ["started"]]);
    leases.remove(NAMESPACE, NAME);
    await pass(30_000);
    assert.deepEqual(leaders(), [second]);
  });

  it("passes to a newer version at once, which starts to lead when the older one has certainly stopped", async () => {
    const [first, second] = await beginTwo({ version: "0.10.0" });
    assert.equal(holder(), "b");
    assert.deepEqual(first.events, ["started", "stopped"]);
    await pass(12_000);
    assert.deepEqual(second.events, ["started"]);
    assert.equal(leases.peek(NAMESPACE, NAME)?.metadata.annotations?.["rollcall.dev/version"], "0.10.0");
    await pass(60_000);
    assert.deepEqual([first.events.length, second.events.length], [2, 1]);
  });

  it("passes to a newer version also if the older one is disconnected", async () => {
    const first = begin("a");
    await pass(11_000);
    first.fate = () => "drop";
    const second = begin("b", { version: "0.3.0" });
    await pass(30_000);
    assert.deepEqual([first.events, second.events], [["started", "stopped"], ["started"]]);
  });

  it("does not pass to the same or an older version, nor away from an unknown one", async () => {
    for (const version of ["0.2.0", "0.1.9", "latest"]) {
      const [first, second] = await beginTwo({ version });
      await pass(30_000);
      assert.deepEqual([first.events, second.events], [["started"], []], version);
      await Promise.all([second.election.stop(), first.election.stop(), time.pass(10_000)]);
      leases.remove(NAMESPACE, NAME);
    }
  });

  it("is released at a stop, and taken over by the other candidate at once", async () => {
    const [first, second] = await beginTwo();
    const stop = first.election.stop();
    assert.deepEqual(first.events, ["started", "stopped"]);
    await pass(200);
    await stop;
    assert.equal(holder(), null);
    await pass(5_000);
    assert.deepEqual(second.events, ["started"]);
    await pass(30_000);
    assert.equal(first.events.length, 2);
  });

  it("is released even if a renewal arrives in between, and the stop succeeds while the API server is down", async () => {
    const [first, second] = await beginTwo();
    first.fate = (request) => (isWrite(request) ? "late" : "done");
    await pass(2_500);
    first.fate = (request) => {
      if (isWrite(request)) first.late.shift()?.();
      return "done";
    };
    const stop = first.election.stop();
    await pass(500);
    await stop;
    assert.equal(holder(), null);
    second.fate = () => "drop";
    const away = second.election.stop();
    await time.pass(5_100);
    await away;
  });

  it("is not assumed by a process that was suspended", async () => {
    const only = begin("only");
    await pass(11_000);
    const { election } = only;
    assert.ok(election.isLeader());
    // without running its timers
    time.now += 11_000;
    assert.equal(election.isLeader(), false);
  });
});
