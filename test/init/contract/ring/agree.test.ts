// Determines the ring from the answers of all members: a table of situations, and the property that no ring is known
// without a majority.
import assert from "node:assert/strict";
import fc from "fast-check";
import { agree, type MemberAnswer } from "../../../../init/contract/ring/agree.ts";
import {
  type MemberStatus,
  parseMemberStatus,
  type Unreachable,
} from "../../../../init/contract/ring/bean.ts";
import { groupOf, type Line, ratisBean, type State } from "./standIn.mjs";

const RING: State = { serviceId: "omservice", leader: "om-0", term: 7, members: ["om-0", "om-1", "om-2"] };
const SILENT: Unreachable = { nothing: "connection refused" };

/** The answers of these pods. Each is as in the ring, with the changes of its own line; null: no answer. */
function buildAnswers(lines: Readonly<Record<string, Line | null>>, state: State = RING): MemberAnswer[] {
  return Object.entries(lines).map(([id, line]) => ({
    id,
    says:
      line === null
        ? SILENT
        : parseMemberStatus({ beans: [ratisBean({ ...state, says: { [id]: line } }, id)] }, state.serviceId),
  }));
}

const UNKNOWN: readonly [what: string, answers: MemberAnswer[], why: RegExp][] = [
  ["there are no pods", [], /no pods that could be queried/],
  [
    "no member reports a ring",
    buildAnswers({ "om-0": null, "om-1": null, "om-2": null }),
    /no member reports a ring: all 3 members: connection refused$/,
  ],
  [
    "there is no leader",
    buildAnswers({ "om-0": { role: "CANDIDATE", leader: null }, "om-1": { leader: null }, "om-2": null }),
    /no member is leader: om-0 is CANDIDATE in term 7 and knows no leader; om-1 is FOLLOWER in term 7 and knows no leader; om-2: connection refused/,
  ],
  [
    "all name a leader that does not answer",
    buildAnswers({ "om-0": null, "om-1": {}, "om-2": {} }),
    /no member is leader: .*om-1 is FOLLOWER in term 7 and names om-0/,
  ],
  [
    "only the leader agrees",
    buildAnswers({ "om-0": {}, "om-1": null, "om-2": null }),
    /om-0 reports itself as leader in term 7, but only 1 of the 3 members of its ring confirm it, and a majority is 2/,
  ],
  [
    "the followers name a later leader that does not answer",
    buildAnswers({ "om-0": {}, "om-1": { leader: "om-2", term: 8 }, "om-2": null }),
    /only 1 of the 3 .* om-1 is FOLLOWER in term 8 and names om-2/,
  ],
  [
    "a later leader has no majority and a former one has",
    buildAnswers({ "om-0": {}, "om-1": {}, "om-2": { role: "LEADER", leader: "om-2", term: 8 } }),
    /om-2 reports itself as leader in term 8, but only 1 of the 3/,
  ],
  [
    "followers in the term of the leader name another one",
    buildAnswers({ "om-0": {}, "om-1": { leader: "om-2" }, "om-2": { leader: "om-1" } }),
    /only 1 of the 3/,
  ],
  [
    "there are two leaders of one term",
    buildAnswers({ "om-0": {}, "om-1": { role: "LEADER", leader: "om-1" }, "om-2": {} }),
    /om-0 and om-1 are both leader in term 7/,
  ],
  [
    "half of an even ring agrees",
    buildAnswers(
      { "om-0": {}, "om-1": {}, "om-2": null, "om-3": null },
      { ...RING, members: ["om-0", "om-1", "om-2", "om-3"] },
    ),
    /only 2 of the 4 members of its ring confirm it, and a majority is 3/,
  ],
  [
    "members without pods would be the majority",
    buildAnswers({ "om-0": {}, "om-1": {} }, { ...RING, members: ["om-0", "om-1", "om-2", "om-3"] }),
    /only 2 of the 4 .*; om-2, om-3 have no pod that could be queried/,
  ],
  [
    "all members are of another group",
    buildAnswers({ "om-0": { group: groupOf("x") }, "om-1": { group: groupOf("x") } }),
    /all 2 members: it is not in group-D66704EFC61C/,
  ],
  [
    "a majority of the pods answers with other IDs",
    buildAnswers({ "om-0": {}, "om-1": { id: "om-0" }, "om-2": { id: "om-1" } }),
    /om-1: it contradicts itself|om-2 answers as om-1/,
  ],
  [
    "there are two rings, each with a majority",
    buildAnswers({
      "om-0": {},
      "om-1": {},
      "om-2": {},
      "om-3": { role: "LEADER", leader: "om-3", term: 9, members: ["om-3", "om-4"] },
      "om-4": { leader: "om-3", term: 9 },
    }),
    /two rings, that of om-3 \(term 9\) and that of om-0 \(term 7\)/,
  ],
  [
    "a member names a later leader",
    buildAnswers({ "om-0": {}, "om-1": {}, "om-2": { leader: "om-1", term: 8 } }),
    /om-2 names om-1 in term 8: an election is in progress/,
  ],
  [
    "a member is a listener",
    buildAnswers({ "om-0": {}, "om-1": {}, "om-2": { role: "LISTENER" } }),
    /om-2 is a listener/,
  ],
  [
    "one member was queried twice",
    [...buildAnswers({ "om-0": {} }), ...buildAnswers({ "om-0": {} })],
    /queried twice/,
  ],
];

describe("the ring on which members agree", () => {
  it("is that of the leader, with all members healthy if all agree", () => {
    assert.deepEqual(agree(buildAnswers({ "om-2": {}, "om-1": {}, "om-0": {} })), {
      known: {
        leader: "om-0",
        term: 7,
        members: [
          { id: "om-0", healthy: true },
          { id: "om-1", healthy: true },
          { id: "om-2", healthy: true },
        ],
      },
    });
  });

  it("may have one member", () => {
    const found = agree(buildAnswers({ "om-0": {} }, { ...RING, members: ["om-0"] }));
    assert.deepEqual("known" in found && found.known.members, [{ id: "om-0", healthy: true }]);
  });

  it("has unhealthy members, each with its own answer", () => {
    const state = { ...RING, members: ["om-0", "om-1", "om-2", "om-3", "om-4", "om-5", "om-6"] };
    const found = agree(
      buildAnswers(
        { "om-0": {}, "om-1": {}, "om-2": {}, "om-3": {}, "om-4": { term: 6 }, "om-5": null },
        state,
      ),
    );
    assert.deepEqual("known" in found && found.known.members.slice(4), [
      { id: "om-4", healthy: false, why: "is FOLLOWER in term 6 and names om-0" },
      { id: "om-5", healthy: false, why: "connection refused" },
      { id: "om-6", healthy: false, why: "it was not queried: no pod has that name" },
    ]);
  });

  it("ignores a partitioned leader of a lower term", () => {
    const stale: Line = { role: "LEADER", leader: "om-2", term: 6 };
    const found = agree(buildAnswers({ "om-0": {}, "om-1": {}, "om-2": stale }));
    assert.deepEqual("known" in found && [found.known.leader, found.known.members[2]], [
      "om-0",
      { id: "om-2", healthy: false, why: "is LEADER in term 6" },
    ]);
  });

  it("omits pods that run and are not members", () => {
    const found = agree(buildAnswers({ "om-0": {}, "om-1": {}, "om-2": {}, "om-3": { leader: null } }));
    assert.deepEqual("known" in found && found.known.members.map(({ id }) => id), ["om-0", "om-1", "om-2"]);
  });

  it("counts a candidate of a higher term that was not elected as unhealthy", () => {
    const found = agree(
      buildAnswers({ "om-0": {}, "om-1": {}, "om-2": { role: "CANDIDATE", leader: null, term: 9 } }),
    );
    assert.deepEqual("known" in found && found.known.members.map(({ healthy }) => healthy), [
      true,
      true,
      false,
    ]);
  });

  for (const [what, answers, why] of UNKNOWN) {
    it(`is unknown if ${what}`, () => {
      const found = agree(answers);
      assert.match("unknown" in found ? found.unknown : JSON.stringify(found), why);
    });
  }

  it("is never known without a majority, whatever the members answer", () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        const found = agree(answers);
        if ("unknown" in found) return found.unknown.length > 0;
        const { leader, term, members } = found.known;
        const says = new Map(answers.map((each) => [each.id, each.says]));
        const head = says.get(leader);
        assert.ok(head && "role" in head && head.role === "LEADER" && head.term === term);
        assert.deepEqual(
          [leader, ...(head.followers ?? [])],
          members.map(({ id }) => id),
        );
        for (const { id, healthy } of members) {
          const said = says.get(id);
          const agrees =
            said !== undefined &&
            "id" in said &&
            said.id === id &&
            said.leaderId === leader &&
            said.term === term;
          assert.equal(healthy, agrees, id);
        }
        return members.filter(({ healthy }) => healthy).length * 2 > members.length;
      }),
      { numRuns: 2000 },
    );
  });

  it("is the same with fewer healthy members, or unknown, if answers are missing", () => {
    fc.assert(
      fc.property(anyAnswers, fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), (answers, lost) => {
        const whole = agree(answers);
        fc.pre("known" in whole);
        const fewer = answers.map((each, index) => (lost[index] === true ? { ...each, says: SILENT } : each));
        const found = agree(fewer);
        if ("unknown" in found || !("known" in whole)) return;
        assert.equal(found.known.leader, whole.known.leader);
        assert.deepEqual(
          found.known.members.map(({ id }) => id),
          whole.known.members.map(({ id }) => id),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

const ids = ["om-0", "om-1", "om-2", "om-3", "om-4", "om-5", "om-6"];
const anyId = fc.constantFrom(...ids);

/** Few terms and few leaders, so that they coincide. */
const anySaying = (id: string): fc.Arbitrary<MemberStatus | Unreachable> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(SILENT) },
    {
      weight: 2,
      arbitrary: fc.record({
        id: fc.oneof({ weight: 9, arbitrary: fc.constant(id) }, { weight: 1, arbitrary: anyId }),
        role: fc.constant("LEADER"),
        leaderId: fc.constant(id),
        term: fc.integer({ min: 6, max: 8 }),
        group: fc.constant("group-D66704EFC61C"),
        followers: fc.subarray(ids.filter((each) => each !== id)),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        id: fc.constant(id),
        role: fc.constantFrom("FOLLOWER", "FOLLOWER", "FOLLOWER", "CANDIDATE"),
        leaderId: fc.oneof(fc.constant(null), fc.constantFrom("om-0", "om-1")),
        term: fc.constantFrom(7, 7, 8),
        group: fc.constant("group-D66704EFC61C"),
        followers: fc.constant(null),
      }),
    },
  );

const anyAnswers: fc.Arbitrary<MemberAnswer[]> = fc
  .subarray(ids)
  .chain((asked) => fc.tuple(...asked.map((id) => anySaying(id).map((says) => ({ id, says })))));
