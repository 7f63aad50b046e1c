// The core's part of a ring, with a type that is not Ozone's: members in a list, and commands that change it
// immediately.
import assert from "node:assert/strict";
import type { Plan } from "../../../../init/contract/plan.ts";
import {
  RECORD_ANNOTATION,
  readRecord,
  recordLease,
  type WorkloadRecord as SetRecord,
} from "../../../../init/contract/record.ts";
import type { RingClient, RingContext } from "../../../../init/engine/ring/client.ts";
import { decideJoin } from "../../../../init/engine/ring/decideJoin.ts";
import { evictMember, readmitMember } from "../../../../init/engine/ring/evictMember.ts";
import { leaveRing } from "../../../../init/engine/ring/leaveRing.ts";
import { transferLeadership } from "../../../../init/engine/ring/transferLeadership.ts";
import type { RingWorld } from "../../../../init/engine/ringPorts.ts";
import { ModelApi } from "../../../presets/ozone-om/modelPod.ts";

const MEMBERS = ["db-0", "db-1", "db-2"];

function openRing(leader: string) {
  const state = { leader, term: 1, members: MEMBERS, commands: [] as string[] };
  const ring: RingClient = {
    command: "db",
    appliedName: "member list",
    possibleMembers: MEMBERS,
    observe: async () => {
      const { leader: now, term, members } = state;
      const all = members.map((id) => ({ id, healthy: true }));
      return { is: "led", ring: { leader: now, term, members: all } };
    },
    listApplied: async () => state.members,
    transferLeadership: async ({ to }) => {
      state.commands.push(`transfer to ${to}`);
      Object.assign(state, { leader: to, term: state.term + 1 });
      return { how: "moved" };
    },
    removeMember: async ({ id, nodes }) => {
      state.commands.push(`remove ${id}`);
      state.members = [...nodes];
      return { how: "removed" };
    },
  };
  return { ring, state };
}

function openContext(id: string, leader: string, replicas: number) {
  const api = Object.assign(new ModelApi(), { replicas });
  let now = 0;
  const never = async (): Promise<never> => Promise.reject(new Error("a ring needs no files here"));
  const world: RingWorld = {
    files: {
      readText: never,
      makeFolder: never,
      writeNewSynced: never,
      rename: never,
      syncFolder: never,
      remove: never,
    },
    trees: { list: never, readBytes: never, size: never, free: never, removeTree: never },
    askWeb: never,
    objects: null,
    askApi: api.ask,
    runChild: never,
    now: () => new Date(Date.UTC(2026, 0, 1) + now),
    monotonic: () => now,
    pause: async (milliseconds, until) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (until?.aborted !== true) now += Math.min(milliseconds, 1_000);
    },
    random: () => 0.5,
    log: () => undefined,
    runId: "run",
    podUid: `uid-${id}`,
    stop: new AbortController().signal,
  };
  const { ring, state } = openRing(leader);
  const context: RingContext = { plan: buildPlan(id), ring, world, id };
  return { context, state, api };
}

function buildPlan(pod: string): Plan {
  const ordinal = MEMBERS.indexOf(pod);
  return {
    schema: 1,
    identity: { namespace: "dbs", workload: "db", pod, nodeId: `${ordinal}`, kind: "db", profile: "db" },
    ordinal,
    release: "",
    revision: null,
    markers: { store: "pvc", root: "/data", path: ".rollcall" },
    s3: null,
    lock: { store: "lease", seconds: 30 },
    api: { folder: "/token" },
    drop: "managed",
    leave: null,
    ring: { name: "db" },
    steps: [],
  };
}

function recordIn({ leases }: ModelApi): SetRecord {
  const text = leases.peek("dbs", recordLease("db"))?.metadata.annotations?.[RECORD_ANNOTATION] ?? "";
  const read = readRecord(text);
  if ("wrong" in read) throw new Error(read.wrong);
  return read.record;
}

const LIMITS = { waitSeconds: 60, leaveSeconds: 600 };

describe("a ring of any type", () => {
  it("removes a leader after a transfer of leadership, and records its tombstone", async () => {
    const { context, state, api } = openContext("db-2", "db-2", 2);
    const left = await leaveRing(context, LIMITS);
    assert.equal(left.is, "done", JSON.stringify(left));
    assert.deepEqual(state.commands, ["transfer to db-0", "remove db-2"]);
    const record = recordIn(api);
    assert.equal(record.tombstones["db-2"]?.finished, true);
    assert.deepEqual(record.intents, {});
  });

  it("transfers leadership before a restart, and removes no member", async () => {
    const { context, state } = openContext("db-2", "db-2", 3);
    const left = await leaveRing(context, LIMITS);
    assert.equal(left.is, "stays", JSON.stringify(left));
    assert.deepEqual(state.commands, ["transfer to db-0"]);
    assert.deepEqual(state.members, MEMBERS);
  });

  it("keeps an evicted member out until the type's own command readmits it", async () => {
    const { context, state, api } = openContext("db-1", "db-0", 3);
    const evicted = await evictMember(context);
    assert.ok(
      evicted.is === "done" && evicted.says.includes("until db rejoin db-1"),
      JSON.stringify(evicted),
    );
    assert.ok(evicted.says.includes("without db-1, in its ring and in its member list"), evicted.says);
    assert.deepEqual(state.members, ["db-0", "db-2"]);
    const decide = () => {
      const tombstone = recordIn(api).tombstones["db-1"] ?? null;
      return decideJoin({
        me: "db-1",
        possibleMembers: MEMBERS,
        live: {
          is: "led",
          ring: { leader: "db-0", term: 1, members: state.members.map((id) => ({ id, healthy: true })) },
        },
        record: { tombstone, hasTraces: true },
        tombstoned: ["db-1"],
        clusterID: "cluster",
        isMarked: true,
        isGracePeriodOver: true,
        belowStart: [],
        whyUnwanted: null,
        standing: { is: "whole", peers: MEMBERS },
        joining: null,
        mismatch: null,
        words: { command: "db", authority: { one: "a server", none: "no server" } },
      });
    };
    const waits = decide();
    assert.ok(waits.do === "wait" && waits.for.includes("`db rejoin`"), JSON.stringify(waits));
    assert.equal((await readmitMember(context)).is, "done");
    assert.deepEqual(decide(), { do: "bootstrap", nodes: ["db-0", "db-2", "db-1"], clear: "archive" });
  });

  it("transfers leadership to the lowest healthy member, and verifies it", async () => {
    const { context, state } = openContext("db-0", "db-0", 3);
    assert.deepEqual(await transferLeadership(context, null), {
      is: "done",
      says: "db-1 leads (term 2) instead of db-0",
    });
    assert.equal(state.leader, "db-1");
    const refused = await transferLeadership(context, "db-7");
    assert.ok(refused.is === "refused" && refused.why.includes("not in the ring"), JSON.stringify(refused));
  });
});
