// All rings of up to seven members, with every subset of them healthy, and every scale-down: whatever is allowed keeps
// a majority at every step (docs/research/ozone.md#quorum). The arithmetic is the test's own: bits and doubled counts.
import assert from "node:assert/strict";
import { decideScaleDown } from "../../../webhook/scaleDown/decide.ts";
import type { Evidence } from "../../../webhook/scaleDown/evidence.ts";
import { buildReview, type ScaleDownReview } from "../../../webhook/scaleDown/rule.ts";
import { buildCaseEvidence } from "./language/caseEvidence.ts";
import { caseFile } from "./language/caseFile.ts";
import { loadCaseProfiles, NOW, readCaseChange } from "./language/judge.ts";

const MOST = 7;

const profiles = await loadCaseProfiles();

function caseWith(
  profile: "ozone" | "strict",
  from: number,
  to: { start: number; replicas: number },
): ScaleDownReview {
  const given = caseFile.parse({
    shows: "a scale-down",
    profile,
    before: { replicas: from, start: 0 },
    after: to,
    expect: { allowed: true },
  });
  const read = readCaseChange(given);
  const judge = profiles.get(profile);
  if (!("change" in read) || judge === undefined) throw new Error("no change");
  return buildReview(read.change, judge);
}

const listBits = (bits: number): number[] =>
  [...Array(MOST).keys()].filter((bit) => ((bits >> bit) & 1) === 1);
const count = (bits: number): number => listBits(bits).length;

interface Health {
  /** ordinals as bits */
  readonly members: number;
  readonly healthy: number;
  readonly ring: Evidence["ring"];
}

/** Every ring with every subset of healthy members. */
function* everyRing(): Generator<Health> {
  for (let members = 0; members < 1 << MOST; members++) {
    for (let healthy = members; ; healthy = (healthy - 1) & members) {
      yield { members, healthy, ring: buildRing(members, healthy) };
      if (healthy === 0) break;
    }
  }
}

function buildRing(members: number, healthy: number): Evidence["ring"] {
  const leader = listBits(members & healthy)[0];
  return {
    known: {
      leader: leader === undefined ? "" : `om-${leader}`,
      term: 3,
      members: listBits(members).map((bit) => ({ id: `om-${bit}`, healthy: ((healthy >> bit) & 1) === 1 })),
    },
  };
}

/** Whether the ring keeps its majority through all removals, highest ordinal first, by joint consensus. */
function survives(members: number, healthy: number, going: number): boolean {
  const lives = (ring: number): boolean => 2 * count(ring & healthy) > count(ring);
  let ring = members;
  for (const leaver of listBits(going & members).reverse()) {
    const next = ring & ~(1 << leaver);
    if (!lives(ring) || !lives(next)) return false;
    ring = next;
  }
  return true;
}

const RINGS = [...everyRing()];

interface Drop {
  readonly from: number;
  readonly to: { start: number; replicas: number };
  /** as bits */
  readonly going: number;
}

/** Every change of replicas and start that removes some ordinals and keeps some. */
const DROPS: readonly Drop[] = [...Array(MOST).keys()].flatMap((less) =>
  [...Array(less + 1).keys()].flatMap((start) =>
    [...Array(MOST - start).keys()].flatMap((fewer) => {
      const [from, replicas] = [less + 1, fewer + 1];
      const stays = (ordinal: number) => ordinal >= start && ordinal < start + replicas;
      const going = [...Array(from).keys()].reduce(
        (bits, each) => (stays(each) ? bits : bits | (1 << each)),
        0,
      );
      return going === 0 ? [] : [{ from, to: { start, replicas }, going }];
    }),
  ),
);

const NO_PASS = { override: { is: "none" }, now: NOW } as const;

/** @returns whether it is allowed, and whether it would lose the ring */
function tryOne(review: ScaleDownReview, { going, from }: Drop, health: Health, good: Evidence) {
  const { members, healthy, ring } = health;
  const isSafe = survives(members, healthy, going);
  const leaving = going & members;
  const { allowed } = decideScaleDown(review, { ...good, ring }, NO_PASS);
  const what = () =>
    `${from} replicas, members ${listBits(members)}, healthy ${listBits(healthy)}, going ${listBits(going)}`;
  if (leaving === 0) assert.ok(allowed, `denied although no member leaves: ${what()}`);
  if (allowed) assert.ok(isSafe, `the ring would be lost: ${what()}`);
  // strict removes no member; under managed all members must be healthy
  if (allowed && leaving !== 0)
    assert.ok(review.ring?.scaleDown === "managed" && healthy === members, what());
  return { allowed, isSafe };
}

function tryAll(profile: "ozone" | "strict"): { asked: number; allowed: number; lost: number } {
  const totals = { asked: 0, allowed: 0, lost: 0 };
  for (const drop of DROPS) {
    const review = caseWith(profile, drop.from, drop.to);
    // all other evidence is good, so that the ring alone decides
    const good = buildCaseEvidence({}, review);
    for (const health of RINGS) {
      const { allowed, isSafe } = tryOne(review, drop, health, good);
      totals.asked++;
      if (allowed) totals.allowed++;
      if (!isSafe) totals.lost++;
    }
  }
  return totals;
}

describe("all rings of up to seven members, all states of health, all scale-downs", function () {
  this.timeout(240_000);
  for (const profile of ["ozone", "strict"] as const) {
    it(`keep a majority at every step if allowed under ${profile}`, () => {
      const { asked, allowed, lost } = tryAll(profile);
      console.log(`      ${asked} decisions, ${allowed} allowed, ${lost} would lose the ring`);
      assert.equal(asked, DROPS.length * 3 ** MOST);
      assert.ok(allowed > 0 && lost > 0 && allowed + lost <= asked);
    });
  }

  it("allow all but one member of a healthy ring to leave at once under policy Managed", () => {
    for (let from = 2; from <= MOST; from++) {
      for (let to = 1; to < from; to++) {
        const ring = buildRing((1 << from) - 1, (1 << from) - 1);
        const review = caseWith("ozone", from, { start: 0, replicas: to });
        assert.ok(
          decideScaleDown(review, { ...buildCaseEvidence({}, review), ring }, NO_PASS).allowed,
          `${from} to ${to}`,
        );
      }
    }
  });
});
