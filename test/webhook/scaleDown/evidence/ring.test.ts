// Queries a ring from real web servers on addresses of their own. Whatever they do, there is an answer in time, and no
// member is healthy by accident.

import assert from "node:assert/strict";
import { RECORD_SCHEMA, type WorkloadRecord } from "../../../../init/contract/record.ts";
import { BEAN_QUERY } from "../../../../init/contract/ring/bean.ts";
import { queryMember } from "../../../../webhook/scaleDown/evidence/memberStatus.ts";
import { gatherRing } from "../../../../webhook/scaleDown/evidence/ring.ts";
import type { KnownOrUnknown } from "../../../../webhook/scaleDown/evidence.ts";
import {
  type Misbehaviour,
  type Running,
  type State,
  startMember,
} from "../../../init/contract/ring/standIn.mjs";
import { formatAddress, loadProfile } from "./cases.ts";

const MEMBERS = ["web-0", "web-1", "web-2"];

const AT = "2026-01-01T00:00:00Z";

/** A record with these members. */
const buildRecord = (
  members: readonly string[],
  more: Partial<WorkloadRecord> = {},
): KnownOrUnknown<WorkloadRecord> => ({
  known: {
    schema: RECORD_SCHEMA,
    kind: "ozone-om",
    profile: "ring",
    base: 1,
    seq: 1,
    fence: 1,
    drained: {},
    intents: {},
    tombstones: {},
    ring: { clusterID: null, seed: null, members },
    ...more,
  },
});

describe("querying a ring", function () {
  this.timeout(10_000);
  let state: State;
  let port = 0;
  const asked: string[] = [];
  let servers: Running[] = [];
  before(async () => {
    for (const [ordinal, id] of MEMBERS.entries()) {
      const given = { id, state: () => state, host: formatAddress(ordinal), port };
      const server = await startMember({ ...given, onRequest: ({ url }) => asked.push(`${id} ${url}`) });
      ({ port } = server);
      servers.push(server);
    }
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
  });
  beforeEach(() => {
    state = { serviceId: "omservice", leader: "web-0", term: 7, members: MEMBERS };
    asked.length = 0;
  });

  const pods = [0, 1, 2].map((ordinal) => ({ name: `web-${ordinal}`, ip: formatAddress(ordinal) }));
  interface EvidenceInput {
    pods?: typeof pods;
    record?: KnownOrUnknown<WorkloadRecord | null>;
    deadlineMs?: number;
    limitMs?: number;
  }
  const ring = async (given: EvidenceInput = {}) => {
    const { ring: asked } = loadProfile("ring", port);
    if (!asked) throw new Error("no ring");
    const { deadlineMs = 5_000, limitMs = 400, record = { known: null } } = given;
    return gatherRing({
      set: "web",
      namespace: "demo",
      serviceName: "web-svc",
      pods: given.pods ?? pods,
      ring: asked,
      record: Promise.resolve(record),
      deadline: AbortSignal.timeout(deadlineMs),
      limitMs,
    });
  };
  /** whether each member is healthy, by ordinal; or why the ring is unknown */
  const health = async (...given: Parameters<typeof ring>): Promise<string | boolean[]> => {
    const found = await ring(...given);
    return "unknown" in found ? found.unknown : found.known.members.map(({ healthy }) => healthy);
  };

  it("knows the ring if all members agree, and queries each once", async () => {
    assert.deepEqual(await health(), [true, true, true]);
    assert.deepEqual(
      asked.toSorted(),
      MEMBERS.map((id) => `${id} /jmx?qry=Ratis:service=RaftServer,group=*,id=*`),
    );
  });

  const WORDS: readonly [Misbehaviour, RegExp][] = [
    ["silent", /no complete answer in time/],
    ["slow", /no complete answer in time/],
    ["cut", /was closed before/],
    ["reset", /was closed before/],
    ["not-http", /does not speak HTTP; if it serves HTTPS, the profile needs httpPolicy and caBundle/],
    ["garbage", /not JSON/],
    ["html", /not JSON/],
    ["nan", /not JSON/],
    ["empty", /no Ratis bean/],
    ["redirect", /HTTP 302/],
    ["unauthorized", /requires authentication \(HTTP 401\)/],
    ["error", /HTTP 503/],
    ["huge", /larger than 64 KiB/],
    ["endless", /larger than 64 KiB/],
  ];
  for (const [word, why] of WORDS) {
    it(`counts a member that answers "${word}" as unhealthy, and uses the others`, async () => {
      state = { ...state, says: { "web-2": word } };
      const found = await ring();
      assert.ok("known" in found, JSON.stringify(found));
      assert.deepEqual(
        found.known.members.map(({ healthy }) => healthy),
        [true, true, false],
      );
      assert.match(found.known.members[2]?.why ?? "", why);
    });

    it(`knows nothing if the leader answers "${word}", and lists it as one that gave no answer`, async () => {
      state = { ...state, says: { "web-0": word } };
      const found = await ring();
      assert.ok("unknown" in found, JSON.stringify(found));
      assert.match(found.unknown, /no member is leader: web-0: /);
      assert.deepEqual(found.unanswered, ["web-0"]);
    });
  }

  it("uses the last of two equal keys, as JSON.parse does", async () => {
    state = { ...state, says: { "web-0": "duplicate-keys" } };
    assert.deepEqual(await health(), [true, true, true]);
  });

  it("follows no redirect", async () => {
    state = { ...state, says: { "web-0": "redirect", "web-1": "redirect", "web-2": "redirect" } };
    assert.match(String(await health()), /no member reports a ring/);
    assert.equal(asked.filter((each) => each.includes("elsewhere")).length, 0);
  });

  it("says which member does not listen, and which has no address", async () => {
    const [first, second] = pods;
    assert.ok(first && second);
    const away = { name: "web-2", ip: "127.0.0.99" };
    const found = await ring({ pods: [first, second, away] });
    assert.match(JSON.stringify(found), /web-2","healthy":false,"why":"connection refused/);
    const noAddress = await ring({ pods: [first, second, { name: "web-2", ip: null as never }] });
    assert.match(JSON.stringify(noAddress), /web-2","healthy":false,"why":"its pod has no IP address/);
  });

  it("ignores a member that answers with another ID, since an address may have a new owner", async () => {
    const swapped = [0, 2, 1].map((at, ordinal) => ({ name: `web-${ordinal}`, ip: formatAddress(at) }));
    assert.match(String(await health({ pods: swapped })), /only 1 of the 3 .* web-1 answers as web-2/);
  });

  it("answers within the deadline, whichever members are silent", async () => {
    state = { ...state, says: { "web-0": "silent", "web-1": "slow", "web-2": "endless" } };
    const began = performance.now();
    assert.match(String(await health({ deadlineMs: 300, limitMs: 60_000 })), /no member reports a ring/);
    assert.ok(performance.now() - began < 1_500);
  });

  it("queries all members at the same time: three silent ones take no longer than one", async () => {
    state = { ...state, says: { "web-0": "silent", "web-1": "silent", "web-2": "silent" } };
    const began = performance.now();
    await ring({ limitMs: 500 });
    assert.ok(performance.now() - began < 1_200);
  });

  it("queries no member after the deadline", async () => {
    assert.match(String(await health({ deadlineMs: 0, limitMs: 1 })), /no member reports a ring/);
    const over = await queryMember(
      { host: formatAddress(0), port, path: BEAN_QUERY, secure: null },
      { deadline: AbortSignal.abort() },
    );
    assert.deepEqual(over, { nothing: "no complete answer in time" });
  });

  it("queries no more pods than a ring can have", async () => {
    const crowd = Array.from({ length: 100 }, (_, ordinal) => ({
      name: `web-${ordinal}`,
      ip: formatAddress(0),
    }));
    assert.match(
      String(await health({ pods: crowd })),
      /the StatefulSet has 100 pods, and a ring has at most 99 members/,
    );
    assert.deepEqual(asked, []);
  });

  // In each of these the leader was once trusted as its own majority.
  const LIES: readonly [what: string, says: State["says"], why: RegExp][] = [
    [
      "if a leader names no followers while two follow it",
      { "web-0": { role: "LEADER", leader: "web-0", members: ["web-0"] } },
      /^web-1 follows web-0 in term 7, but web-0 does not list it among its 1 member \(it is joining or leaving, or one of the two is wrong\)/,
    ],
    [
      "if a leader omits one of its followers",
      { "web-0": { role: "LEADER", leader: "web-0", members: ["web-0", "web-1"] } },
      /^web-2 follows web-0 in term 7, but web-0 does not list it among its 2 members/,
    ],
    [
      "if one member alone claims a later term during an election",
      {
        "web-0": { role: "LEADER", leader: "web-0", term: 99, members: ["web-0"] },
        "web-1": { role: "CANDIDATE", leader: null },
        "web-2": { leader: null },
      },
      /^web-0 leads in term 99, but web-1 is CANDIDATE in term 7 and knows no leader, so the members do not agree/,
    ],
    [
      "if a member is in another term",
      { "web-2": { term: 6 } },
      /^web-0 leads in term 7, but web-2 is FOLLOWER in term 6 and names web-0/,
    ],
    [
      "if a former leader does not know the next one",
      { "web-2": { role: "LEADER", leader: "web-2", term: 6, members: ["web-2", "web-0"] } },
      /^web-0 leads in term 7, but web-2 is LEADER in term 6/,
    ],
  ];
  for (const [what, says, why] of LIES) {
    it(`does not know the ring ${what}`, async () => {
      state = { ...state, says: says ?? {} };
      assert.match(String(await health()), why);
    });
  }

  it("does not know the ring if a recorded member is neither listed nor recorded as gone", async () => {
    const fourth = buildRecord([...MEMBERS, "web-3"]);
    assert.match(
      String(await health({ record: fourth })),
      /^the record lists web-3 as a member that has not left, but the leader web-0 does not list it; if it is gone for good, record that with `\/rollcall\/rollcall om evict web-3` in a running member: web-0 is LEADER/,
    );
    const strange = buildRecord([...MEMBERS, "om-of-old"]);
    assert.match(String(await health({ record: strange })), /correct ring\.members in the record/);
  });

  it("does not know the ring if the record cannot be read", async () => {
    const why = await health({ record: { unknown: "its annotation is not trusted" } });
    assert.match(
      String(why),
      /cannot read the record, so members may be missing: its annotation is not trusted/,
    );
  });

  it("passes on what to do about a record that a retry does not change", async () => {
    const later = { unknown: "it was written by a later version", remedy: "Install that version again." };
    assert.deepEqual(await ring({ record: later }), {
      unknown: "cannot read the record, so members may be missing: it was written by a later version",
      remedy: "Install that version again.",
    });
  });

  it("knows the ring if missing members have left according to the record", async () => {
    const gone = { at: AT, finished: true };
    const tombstones = { "web-3": gone };
    assert.deepEqual(await health({ record: buildRecord([...MEMBERS, "web-3"], { tombstones }) }), [
      true,
      true,
      true,
    ]);
    // its daemon ended with its membership, and ended the preStop
    const intents = { "web-3": { podUid: "u", at: AT } };
    assert.deepEqual(await health({ record: buildRecord([...MEMBERS, "web-3"], { intents }) }), [
      true,
      true,
      true,
    ]);
  });

  it("trusts a tombstone in the record while the daemon still answers, but not a mere intent", async () => {
    state = { ...state, members: ["web-0", "web-1"] };
    const tombstones = { "web-2": { at: AT, finished: false } };
    assert.deepEqual(await health({ record: buildRecord(["web-0", "web-1"], { tombstones }) }), [true, true]);
    const intents = { "web-2": { podUid: "u", at: AT } };
    assert.match(String(await health({ record: buildRecord(MEMBERS, { intents }) })), /does not list it/);
  });
});
