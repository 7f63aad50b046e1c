// The ring, asked of real web servers on addresses of their own: whatever they do, an answer in time, and nobody is
// healthy by accident.
import assert from "node:assert/strict";
import { askMember } from "../../webhook/evidence/jmx.ts";
import { askRing } from "../../webhook/evidence/ring.ts";
import { type Misbehaviour, type Running, type State, startMember } from "../ring/standIn.mjs";
import { addressOf, profileNamed } from "./cases.ts";

const MEMBERS = ["web-0", "web-1", "web-2"];

describe("asking a ring", function () {
  this.timeout(10_000);
  let state: State;
  let port = 0;
  const asked: string[] = [];
  let servers: Running[] = [];
  before(async () => {
    for (const [ordinal, id] of MEMBERS.entries()) {
      const given = { id, state: () => state, host: addressOf(ordinal), port };
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

  const pods = [0, 1, 2].map((ordinal) => ({ name: `web-${ordinal}`, ip: addressOf(ordinal) }));
  const ring = async (given: { pods?: typeof pods; deadlineMs?: number; limitMs?: number } = {}) => {
    const { ozone } = profileNamed("ring", port);
    if (ozone?.kind !== "ozone-om") throw new Error("no ring");
    const { deadlineMs = 5_000, limitMs = 400 } = given;
    return askRing(given.pods ?? pods, ozone, { deadline: AbortSignal.timeout(deadlineMs), limitMs });
  };
  /** whether each is healthy, by ordinal; or why nothing is known */
  const health = async (...given: Parameters<typeof ring>): Promise<string | boolean[]> => {
    const found = await ring(...given);
    return "unknown" in found ? found.unknown : found.known.members.map(({ healthy }) => healthy);
  };

  it("is known where all say the same, and each was asked once", async () => {
    assert.deepEqual(await health(), [true, true, true]);
    assert.deepEqual(
      asked.toSorted(),
      MEMBERS.map((id) => `${id} /jmx?qry=Ratis:service=RaftServer,group=*,id=*`),
    );
  });

  const WORDS: readonly [Misbehaviour, RegExp][] = [
    ["silent", /no whole answer in time/],
    ["slow", /no whole answer in time/],
    ["cut", /broke off/],
    ["reset", /broke off/],
    ["not-http", /does not speak HTTP/],
    ["garbage", /not JSON/],
    ["html", /not JSON/],
    ["nan", /not JSON/],
    ["empty", /no Ratis bean/],
    ["redirect", /HTTP 302/],
    ["unauthorized", /wants to know who asks \(HTTP 401\)/],
    ["error", /HTTP 503/],
    ["huge", /larger than 64 KiB/],
    ["endless", /larger than 64 KiB/],
  ];
  for (const [word, why] of WORDS) {
    it(`takes a member that answers "${word}" for ill, and goes on with the others`, async () => {
      state = { ...state, says: { "web-2": word } };
      const found = await ring();
      assert.ok("known" in found, JSON.stringify(found));
      assert.deepEqual(
        found.known.members.map(({ healthy }) => healthy),
        [true, true, false],
      );
      assert.match(found.known.members[2]?.why ?? "", why);
    });

    it(`knows nothing where the leader answers "${word}"`, async () => {
      state = { ...state, says: { "web-0": word } };
      assert.match(String(await health()), /no member is leader: web-0: /);
    });
  }

  it("takes the last of two keys, as JSON does, and refuses what comes of it", async () => {
    state = { ...state, says: { "web-0": "duplicate-keys" } };
    assert.deepEqual(await health(), [true, true, true]);
  });

  it("follows no redirect", async () => {
    state = { ...state, says: { "web-0": "redirect", "web-1": "redirect", "web-2": "redirect" } };
    assert.match(String(await health()), /no member answers with its ring/);
    assert.equal(asked.filter((each) => each.includes("elsewhere")).length, 0);
  });

  it("knows who does not listen, and who has no address", async () => {
    const [first, second] = pods;
    assert.ok(first && second);
    const away = { name: "web-2", ip: "127.0.0.99" };
    const found = await ring({ pods: [first, second, away] });
    assert.match(JSON.stringify(found), /web-2","healthy":false,"why":"nothing listens there/);
    const noAddress = await ring({ pods: [first, second, { name: "web-2", ip: null as never }] });
    assert.match(JSON.stringify(noAddress), /web-2","healthy":false,"why":"its pod has no address/);
  });

  it("believes nobody who answers under another's name: an address may have a new owner", async () => {
    const swapped = [0, 2, 1].map((at, ordinal) => ({ name: `web-${ordinal}`, ip: addressOf(at) }));
    assert.match(String(await health({ pods: swapped })), /only 1 of the 3 .* web-1 answers as web-2/);
  });

  it("answers within the deadline, whoever is silent", async () => {
    state = { ...state, says: { "web-0": "silent", "web-1": "slow", "web-2": "endless" } };
    const began = performance.now();
    assert.match(String(await health({ deadlineMs: 300, limitMs: 60_000 })), /no member answers/);
    assert.ok(performance.now() - began < 1_500);
  });

  it("asks all at once: three silent members take no longer than one", async () => {
    state = { ...state, says: { "web-0": "silent", "web-1": "silent", "web-2": "silent" } };
    const began = performance.now();
    await ring({ limitMs: 500 });
    assert.ok(performance.now() - began < 1_200);
  });

  it("asks nobody when the deadline is over", async () => {
    assert.match(String(await health({ deadlineMs: 0, limitMs: 1 })), /no member answers/);
    const over = await askMember({ host: addressOf(0), port }, { deadline: AbortSignal.abort() });
    assert.deepEqual(over, { nothing: "it gave no whole answer in time" });
  });

  it("asks no more pods than a ring can have", async () => {
    const crowd = Array.from({ length: 100 }, (_, ordinal) => ({ name: `web-${ordinal}`, ip: addressOf(0) }));
    assert.match(String(await health({ pods: crowd })), /there are 100 pods of that name/);
    assert.deepEqual(asked, []);
  });
});
