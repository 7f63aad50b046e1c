// The default evidence of a case: good, so that no rule objects.
import assert from "node:assert/strict";
import { decideScaleDown, listNeededEvidence } from "../../../webhook/scaleDown/decide.ts";
import { explainLate } from "../../../webhook/scaleDown/evidence/createGatherer.ts";
import { EVIDENCE_KINDS, type Evidence } from "../../../webhook/scaleDown/evidence.ts";
import { buildReview, type ScaleDownReview } from "../../../webhook/scaleDown/rule.ts";
import { buildCaseEvidence } from "./language/caseEvidence.ts";
import { type CaseFile, readCase } from "./language/caseFile.ts";
import { judge, loadCaseProfiles, NOW, readCaseChange } from "./language/judge.ts";

const profiles = await loadCaseProfiles();

function readDrop(
  profile: string,
  lines: string = "before: 5\nscale: 3",
): { given: CaseFile; asked: ScaleDownReview } {
  const given = readCase(
    `shows: a drop\nprofile: ${profile}\n${lines}\nexpect: {allowed: true}\n`,
    "drop.yaml",
  );
  const read = readCaseChange(given);
  const found = profiles.get(profile);
  if (!("change" in read) || found === undefined) throw new Error("no change");
  return { given, asked: buildReview(read.change, found) };
}

const evidenceIn = (profile: string, lines?: string): Evidence => {
  const { given, asked } = readDrop(profile, lines);
  return buildCaseEvidence(given.evidence, asked);
};

describe("the evidence of a guard case", () => {
  for (const profile of ["queue", "shop", "ozone"]) {
    it(`is good if the case names none: ${profile} allows its scale-down`, async () => {
      const { given, asked } = readDrop(profile);
      assert.ok(listNeededEvidence(asked).size > 1, "no evidence is needed, so nothing is shown");
      const judged = await judge(given, profiles);
      assert.deepEqual(judged?.answer, { allowed: true });
    });
  }

  it("has all pods running, in a ring that the lowest of them leads", () => {
    const { pods, ring } = evidenceIn(
      "ozone",
      "before: {start: 2, replicas: 3}\nafter: {start: 2, replicas: 2}",
    );
    assert.ok("known" in pods && "known" in ring);
    assert.deepEqual(
      pods.known.map(({ name, running, leaves }) => [name, running, leaves]),
      [
        ["om-2", true, true],
        ["om-3", true, true],
        ["om-4", true, true],
      ],
    );
    assert.equal(ring.known.leader, "om-2");
    assert.deepEqual(
      ring.known.members.map(({ id, healthy }) => [id, healthy]),
      [
        ["om-2", true],
        ["om-3", true],
        ["om-4", true],
      ],
    );
  });

  it("is good except for what the case names", () => {
    const drop = "before: 5\nscale: 3\nevidence: {lock: u3/run-1}";
    const named = evidenceIn("ozone", drop);
    assert.deepEqual(named, { ...evidenceIn("ozone"), lock: { known: "u3/run-1" } });
  });

  for (const kind of EVIDENCE_KINDS) {
    it(`is unknown if the case says so: ${kind}`, () => {
      const drop = `before: 5\nscale: 3\nevidence: {${kind}: `;
      assert.deepEqual(evidenceIn("ozone", `${drop}unknown}`)[kind], explainLate(kind));
      assert.deepEqual(evidenceIn("ozone", `${drop}{refused: 403}}`)[kind], {
        unknown: "the API server answered 403: Forbidden",
      });
    });
  }

  it("is unknown as a whole if the case says so, and denies a scale-down then", () => {
    const { given, asked } = readDrop("ozone", "before: 5\nscale: 3\nevidence: unknown");
    const evidence = buildCaseEvidence(given.evidence, asked);
    for (const kind of EVIDENCE_KINDS) assert.deepEqual(evidence[kind], explainLate(kind));
    assert.equal(decideScaleDown(asked, evidence, { override: { is: "none" }, now: NOW }).allowed, false);
  });

  it("rejects a kind that does not exist, and names it", () => {
    assert.throws(
      () => readDrop("ozone", "before: 5\nscale: 3\nevidence: {locks: null}"),
      /drop\.yaml[\s\S]*locks/,
    );
  });

  it("rejects more pods than a case may have", () => {
    assert.throws(
      () => evidenceIn("queue", "before: 2000000000\nscale: 3"),
      /2000000000 pods; a case may have 1000/,
    );
  });
});
