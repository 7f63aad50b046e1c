// Each kind of evidence depends on what its source says: it is unknown if any request fails on which it depends, and a
// bad object shows in it. A kind that always answered "good" would allow what nothing has proven (I6 in
// docs/architecture.md). A new kind fails here, by its name, until kindProbes.ts makes it good and bad.
import assert from "node:assert/strict";
import { createKubeApi } from "../../../../webhook/cluster/createKubeApi.ts";
import { createEvidencePorts } from "../../../../webhook/scaleDown/evidence/createEvidencePorts.ts";
import {
  EVIDENCE_KINDS,
  type EvidenceKind,
  type KnownOrUnknown,
} from "../../../../webhook/scaleDown/evidence.ts";
import { type Running, startMember } from "../../../init/contract/ring/standIn.mjs";
import { formatAddress } from "./cases.ts";
import { ClusterStandIn } from "./clusterStandIn.ts";
import { KIND_PROBES, type KindProbe, MEMBERS, PROBE_TIME, type ProbeWorld } from "./kindProbes.ts";

/** For an answer that comes, also on a busy machine. */
const PATIENT = { deadlineMs: 20_000, memberMs: 15_000 };
/** For one that does not. */
const BRIEF = { deadlineMs: 300, memberMs: 300 };
/** For a source that fails while the API server answers. */
const BRIEF_FOR_MEMBERS = { ...PATIENT, memberMs: 300 };

const text = (status: number, body: string): { status: number; text: string } => ({ status, text: body });

/** What the API server does at one request. 404 is none: it says that an object does not exist. */
const FAULTS = {
  refuses: text(403, '{"kind":"Status","message":"not you"}'),
  fails: text(500, "<html>"),
  "is overloaded": text(429, "{}"),
  redirects: text(302, ""),
  "gives no answer": "hang",
  "answers in HTML": text(200, "<html>sign in"),
  "answers with an empty object": text(200, "{}"),
  "answers with a list": text(200, "[]"),
  "answers with null": text(200, "null"),
  "answers with a string": text(200, '"good"'),
  "ends in the middle of the answer": text(200, '{"kind":"'),
} as const;

const START: ProbeWorld["members"] = {
  serviceId: "omservice",
  leader: "web-0",
  term: 7,
  members: MEMBERS,
};

describe("every kind of evidence", function () {
  this.timeout(60_000);
  let world: ProbeWorld;
  const members: Running[] = [];
  let memberPort = 0;
  before(async () => {
    for (const [ordinal, id] of MEMBERS.entries()) {
      const host = formatAddress(ordinal);
      const member = await startMember({ id, state: () => world.members, host, port: memberPort });
      memberPort = member.port;
      members.push(member);
    }
  });
  after(() => Promise.all(members.map((member) => member.close())));
  beforeEach(async () => {
    world = { cluster: await ClusterStandIn.start(), members: START, memberPort };
  });
  afterEach(() => world.cluster.close());

  async function gather(
    kind: EvidenceKind,
    { deadlineMs, memberMs } = PATIENT,
  ): Promise<KnownOrUnknown<unknown>> {
    const asks = createKubeApi(world.cluster.access());
    const { gather } = createEvidencePorts({ asks, now: () => PROBE_TIME, memberMs });
    const review = KIND_PROBES[kind].review(world);
    return (await gather(review, new Set([kind]), AbortSignal.timeout(deadlineMs)))[kind];
  }

  function assertUnknown(found: KnownOrUnknown<unknown>, what: string): void {
    assert.ok("unknown" in found, `${what}: it is known as ${JSON.stringify(found)}`);
    assert.match(found.unknown, /\S/, what);
  }

  /** Of the requests that are made again, the one of the same text and the same place among its equals fails. */
  function failOnly(request: string, place: number, fault: (typeof FAULTS)[keyof typeof FAULTS]): void {
    let left = world.cluster.requests.slice(0, place).filter((each) => each === request).length;
    world.cluster.instead = (method, path) => {
      if (`${method} ${path}` !== request) return null;
      left -= 1;
      return left === -1 ? fault : null;
    };
  }

  for (const kind of EVIDENCE_KINDS) describeKind(kind, KIND_PROBES[kind]);

  function describeKind(kind: EvidenceKind, probe: KindProbe<unknown> | undefined): void {
    if (probe === undefined) {
      it(`${kind} has a probe`, () => assert.fail(`add ${kind} to KIND_PROBES of kindProbes.ts`));
      return;
    }
    const { good, bad, faults = {} } = probe;

    it(`${kind} is known from good objects`, async () => {
      good.arrange(world);
      assert.deepEqual(await gather(kind), { known: good.answer });
    });

    it(`${kind} shows ${bad.shows}`, async () => {
      assert.notDeepEqual(bad.answer, good.answer);
      good.arrange(world);
      bad.arrange(world);
      assert.deepEqual(await gather(kind), { known: bad.answer });
    });

    it(`${kind} is read anew from a source`, async () => {
      good.arrange(world);
      await gather(kind);
      const requests = world.cluster.requests.length;
      await gather(kind);
      assert.equal(world.cluster.requests.length, 2 * requests);
      assert.ok(requests > 0 || Object.keys(faults).length >= 3, "it is read from nothing that can fail");
    });

    for (const [what, fault] of Object.entries(FAULTS))
      it(`${kind} is unknown if the API server ${what} at any of its requests`, async () => {
        good.arrange(world);
        assert.ok("known" in (await gather(kind)));
        for (const [place, request] of [...world.cluster.requests].entries()) {
          failOnly(request, place, fault);
          assertUnknown(await gather(kind, fault === "hang" ? BRIEF : PATIENT), request);
        }
      });

    for (const [what, arrange] of Object.entries(faults))
      it(`${kind} is unknown if ${what}`, async () => {
        good.arrange(world);
        arrange(world);
        assertUnknown(await gather(kind, BRIEF_FOR_MEMBERS), what);
      });
  }
});
