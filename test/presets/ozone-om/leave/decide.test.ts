// The next action of a leaving member: a table, and what must never be decided, for every ring of up to five.
import assert from "node:assert/strict";
import type { Ring } from "../../../../init/contract/ring/agree.ts";
import { isMajority } from "../../../../init/contract/ring/majority.ts";
import {
  decideLeave,
  type LeaveDecision,
  type LeaveObservation,
} from "../../../../init/engine/ring/decideLeave.ts";
import { buildLeaderlessRing } from "../seen.ts";

const SUPERSET = ["om-0", "om-1", "om-2", "om-3", "om-4"];

/** @param leader its id @param ill members that do not follow */
function buildRing(
  members: readonly string[],
  leader: string,
  ill: readonly string[] = [],
): LeaveObservation["live"] {
  const ring: Ring = {
    leader,
    term: 4,
    members: members.map((id) =>
      ill.includes(id) ? { id, healthy: false, why: "gone" } : { id, healthy: true },
    ),
  };
  return { is: "led", ring };
}

const FOUR = SUPERSET.slice(0, 4);

const leaving = (changes: Partial<LeaveObservation>): LeaveObservation => ({
  id: "om-3",
  possibleMembers: SUPERSET,
  live: buildRing(FOUR, "om-0"),
  appliedMembers: FOUR,
  removalsAhead: [],
  ...changes,
});

const ROWS: readonly [
  shows: string,
  observation: Partial<LeaveObservation>,
  decision: LeaveDecision["do"],
  says: string,
][] = [
  ["a follower", {}, "remove", '"nodes":["om-0","om-1","om-2"]'],
  ["the leader", { live: buildRing(FOUR, "om-3") }, "transfer", '"to":"om-0"'],
  [
    "the leader if the lowest member is unhealthy",
    { live: buildRing(FOUR, "om-3", ["om-0"]) },
    "transfer",
    '"to":"om-1"',
  ],
  ["one of two", { id: "om-1", live: buildRing(["om-0", "om-1"], "om-0") }, "remove", '"nodes":["om-0"]'],
  ["the last one", { id: "om-0", live: buildRing(["om-0"], "om-0") }, "wait", "the last member of a ring"],
  ["no leader", { live: buildLeaderlessRing() }, "wait", "a leader: nobody answers"],
  [
    "a higher member that leaves as well",
    { removalsAhead: ["om-4"], live: buildRing(SUPERSET, "om-0") },
    "wait",
    "om-4 to leave first",
  ],
  ["a higher member that has left already", { removalsAhead: ["om-4"] }, "remove", ""],
  ["an unhealthy member among those that remain", { live: buildRing(FOUR, "om-0", ["om-2"]) }, "remove", ""],
  [
    "two unhealthy members among those that remain",
    { live: buildRing(FOUR, "om-0", ["om-1", "om-2"]) },
    "wait",
    "(2 of 3)",
  ],
  ["an unhealthy member", { live: buildRing(FOUR, "om-0", ["om-3"]) }, "remove", ""],
  [
    "a member without an address",
    { live: buildRing([...FOUR, "other"], "om-0") },
    "wait",
    "an address for other",
  ],
  [
    "removed and applied",
    { live: buildRing(FOUR.slice(0, 3), "om-0"), appliedMembers: FOUR.slice(0, 3) },
    "gone",
    "",
  ],
  [
    "removed and not applied yet",
    { live: buildRing(FOUR.slice(0, 3), "om-0") },
    "wait",
    "to apply the removal of",
  ],
  [
    "removed, and the leader does not report its roles",
    { live: buildRing(FOUR.slice(0, 3), "om-0"), appliedMembers: null },
    "wait",
    "to apply the removal of",
  ],
];

function subsets(all: readonly string[]): string[][] {
  const [first, ...rest] = all;
  if (first === undefined) return [[]];
  return subsets(rest).flatMap((each) => [each, [first, ...each]]);
}

/** Every ring, leader and set of ill followers. */
function* rings(): Generator<State["live"]> {
  for (const members of subsets(SUPERSET)) {
    for (const leader of members) {
      for (const ill of subsets(members.filter((id) => id !== leader))) {
        const live = buildRing(members, leader, ill);
        if (live.is === "led") yield live;
      }
    }
  }
}

function* states(): Generator<State> {
  for (const live of rings()) {
    const members = live.ring.members.map(({ id }) => id);
    for (const me of SUPERSET) {
      for (const removalsAhead of subsets(SUPERSET.filter((id) => id > me))) {
        for (const appliedMembers of [members, [...members, me], null])
          yield { id: me, possibleMembers: SUPERSET, live, appliedMembers, removalsAhead };
      }
    }
  }
}

type State = LeaveObservation & { live: { is: "led"; ring: Ring } };

const listRemaining = ({ id: me, live }: State): Ring["members"] =>
  live.ring.members.filter(({ id }) => id !== me);
const listHealthy = (state: State): string[] =>
  listRemaining(state)
    .filter(({ healthy }) => healthy)
    .map(({ id }) => id);

/** Checks the conditions of any change of the ring; returns the violated one, or null. */
function notNow(state: State): string | null {
  const { live, removalsAhead } = state;
  const remaining = listRemaining(state);
  if (remaining.length === 0 || remaining.length === live.ring.members.length)
    return "a change of a ring that it is not in, or alone in";
  if (!isMajority(listHealthy(state).length, remaining.length))
    return "no majority of those who remain is healthy";
  return removalsAhead.some((id) => remaining.some((member) => member.id === id)) ? "not its turn" : null;
}

/** For each decision, a check that returns the violated condition, or null. */
const NEVER: {
  readonly [K in LeaveDecision["do"]]: (state: State, decision: LeaveDecision & { do: K }) => string | null;
} = {
  gone: ({ id: me, live, appliedMembers }) => {
    const isOut = live.ring.members.every(({ id }) => id !== me) && appliedMembers?.includes(me) === false;
    return isOut ? null : "gone although somebody has it";
  },
  wait: (_state, decision) => (decision.for === "" ? "waits and does not say for what" : null),
  transfer: (state, { to }) => {
    const healthy = listHealthy(state);
    if (state.live.ring.leader !== state.id) return "hands over what it does not have";
    if (!healthy.includes(to)) return "hands over to one that cannot lead";
    return healthy.some((id) => id < to) ? "not to the lowest healthy ordinal" : notNow(state);
  },
  remove: (state, { nodes }) => {
    if (state.live.ring.leader === state.id) return "a leader cannot take itself out";
    const isExact = String(nodes) === String(listRemaining(state).map(({ id }) => id));
    return isExact ? notNow(state) : "names others than those who remain";
  },
};

describe("decideLeave", () => {
  for (const [shows, observation, decision, says] of ROWS) {
    it(`${shows}: ${decision}`, () => {
      const decided = decideLeave(leaving(observation));
      assert.equal(decided.do, decision, JSON.stringify(decided));
      assert.ok(JSON.stringify(decided).includes(says), JSON.stringify(decided));
    });
  }

  it("keeps a majority, the order and leadership in every ring of up to five", () => {
    const count = new Map<string, number>();
    for (const state of states()) {
      const decision = decideLeave(state);
      // the table of checks has the decision as its key
      const why = (NEVER[decision.do] as (state: State, decision: LeaveDecision) => string | null)(
        state,
        decision,
      );
      if (why !== null) assert.fail(`${why}: ${JSON.stringify({ decision, state })}`);
      count.set(decision.do, (count.get(decision.do) ?? 0) + 1);
    }
    assert.deepEqual([...count.keys()].sort(), ["gone", "remove", "transfer", "wait"]);
    assert.ok([...count.values()].reduce((sum, each) => sum + each) > 10_000);
  });
});
