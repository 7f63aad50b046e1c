// Parses the answer of one member, and rejects what cannot be trusted.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseMemberStatus } from "../../../../init/contract/ring/bean.ts";
import { computeGroupName, computeGroupUuid } from "../../../../init/contract/ring/group.ts";
import { groupOf, ratisBean, type State } from "./standIn.mjs";

const RING: State = { serviceId: "omservice", leader: "om-0", term: 7, members: ["om-0", "om-1", "om-2"] };
const LEADER = ratisBean(RING, "om-0");
const FOLLOWER = ratisBean(RING, "om-1");
const FOREIGN = { ...LEADER, GroupId: groupOf("another") };

const NOTHING: readonly [what: string, body: unknown, why: RegExp][] = [
  ["is text", "<html>", /not one of \/jmx/],
  ["is null", null, /not one of \/jmx/],
  ["has no list", { beans: {} }, /no list of beans/],
  ["has no bean", { beans: [] }, /no Ratis bean: it has not joined a ring/],
  ["is of another group", { beans: [FOREIGN] }, /not in group-D66704EFC61C, .* but in group-/],
  ["has a malformed group", { beans: [{ ...LEADER, GroupId: "\u001b[2J" }] }, /unreadable name/],
  ["has two beans of the group", { beans: [LEADER, FOLLOWER] }, /2 beans of group-D66704EFC61C/],
  ["has no term", { beans: [{ ...LEADER, CurrentTerm: undefined }] }, /CurrentTerm/],
  ["has a term as text", { beans: [{ ...LEADER, CurrentTerm: "7" }] }, /CurrentTerm/],
  ["has a negative term", { beans: [{ ...LEADER, CurrentTerm: -1 }] }, /CurrentTerm/],
  ["has a term beyond the safe integers", { beans: [{ ...LEADER, CurrentTerm: 2 ** 53 }] }, /CurrentTerm/],
  ["has a fractional term", { beans: [{ ...LEADER, CurrentTerm: 1.5 }] }, /CurrentTerm/],
  ["has no role", { beans: [{ ...LEADER, Role: "" }] }, /Role: not a role/],
  ["has a role with control characters", { beans: [{ ...LEADER, Role: "\u001b[1A" }] }, /Role: not a role/],
  ["has a malformed ID", { beans: [{ ...LEADER, Id: "om 0\n" }] }, /Id: not a node id/],
  [
    "is a leader without followers",
    { beans: [{ ...LEADER, Followers: null }] },
    /does not report its followers/,
  ],
  ["has followers without IDs", { beans: [{ ...LEADER, Followers: ["|host:1"] }] }, /Followers\.0/],
  ["has followers that are not a list", { beans: [{ ...LEADER, Followers: "om-1|a" }] }, /Followers/],
  [
    "is among its own followers",
    { beans: [{ ...LEADER, Followers: ["om-0|a:1"] }] },
    /reports a member twice/,
  ],
  [
    "has a follower twice",
    { beans: [{ ...LEADER, Followers: ["om-1|a:1", "om-1|b:1"] }] },
    /reports a member twice/,
  ],
  [
    "is a leader that names another one",
    { beans: [{ ...LEADER, LeaderId: "om-1" }] },
    /LEADER and names om-1/,
  ],
  ["is a leader that names none", { beans: [{ ...LEADER, LeaderId: null }] }, /LEADER and names no leader/],
  [
    "is a follower that names itself",
    { beans: [{ ...FOLLOWER, LeaderId: "om-1" }] },
    /FOLLOWER and names itself/,
  ],
];

describe("the answer of a member", () => {
  it("is compared with the group of the service", () => {
    assert.equal(computeGroupUuid("omservice"), "5cb24680-b9e7-3c90-a862-d66704efc61c");
    assert.equal(computeGroupName("omservice"), "group-D66704EFC61C");
    assert.equal(computeGroupUuid("cluster1"), "fb56c6cf-da5b-3fd1-b669-7c125dc11863");
  });

  it("is read from the bean of a leader, its role without padding", () => {
    assert.deepEqual(parseMemberStatus({ beans: [LEADER] }, "omservice"), {
      id: "om-0",
      role: "LEADER",
      leaderId: "om-0",
      term: 7,
      group: "group-D66704EFC61C",
      followers: ["om-1", "om-2"],
    });
  });

  it("is read from the bean of the right group, among beans of others", () => {
    const said = parseMemberStatus({ beans: [FOREIGN, null, 7, FOLLOWER, { name: "x" }] }, "omservice");
    assert.deepEqual(said, {
      id: "om-1",
      role: "FOLLOWER",
      leaderId: "om-0",
      term: 7,
      group: "group-D66704EFC61C",
      followers: null,
    });
  });

  it("may name no leader: null, undefined or empty", () => {
    for (const LeaderId of [null, undefined, ""]) {
      const said = parseMemberStatus({ beans: [{ ...FOLLOWER, LeaderId }] }, "omservice");
      assert.equal("leaderId" in said && said.leaderId, null);
    }
  });

  for (const [what, body, why] of NOTHING) {
    it(`is rejected if it ${what}`, () => {
      const said = parseMemberStatus(body, "omservice");
      assert.match("nothing" in said ? said.nothing : "", why);
    });
  }

  it("never causes an exception, and its control characters are never repeated", () => {
    const hostile = fc.anything({ withNullPrototype: true, withBigInt: true });
    const beanLike = fc.record(
      { Id: hostile, Role: hostile, LeaderId: hostile, CurrentTerm: hostile, Followers: hostile },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      hostile,
      fc.record({ beans: hostile }),
      fc.record({ beans: fc.array(beanLike.map((each) => ({ GroupId: groupOf("omservice"), ...each }))) }),
    );
    fc.assert(
      fc.property(body, (given) => {
        const said = parseMemberStatus(given, "omservice");
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        assert.doesNotMatch(JSON.stringify(said), /[\u0000-\u001f]|\\u00[01]/);
      }),
    );
  });
});
