// What a denial advises where something is unknown: the reason decides whether a retry can help.
import assert from "node:assert/strict";
import { assumeEvidence } from "../../../webhook/scaleDown/assumeEvidence.ts";
import { decideScaleDown } from "../../../webhook/scaleDown/decide.ts";
import type { Evidence, EvidenceKind, UnknownReason } from "../../../webhook/scaleDown/evidence.ts";
import { buildWebCase, loadProfile } from "./evidence/cases.ts";
import { NOW } from "./language/judge.ts";

const LASTING: UnknownReason = { unknown: "it is odd", remedy: "Mend it." };

/** The denial of a scale-down of a ring while these kinds are unknown. */
function deny(reason: UnknownReason, ...kinds: readonly EvidenceKind[]): string {
  const review = buildWebCase(loadProfile("ring"), 4, 3);
  const members = [0, 1, 2, 3].map((ordinal) => ({ id: `web-${ordinal}`, healthy: true }));
  const good = assumeEvidence(review, {
    ring: { known: { leader: "web-0", term: 1, members } },
    service: null,
  });
  const evidence: Evidence = { ...good, ...Object.fromEntries(kinds.map((kind) => [kind, reason])) };
  const found = decideScaleDown(review, evidence, { override: { is: "none" }, now: NOW });
  assert.ok(!found.allowed);
  return found.denial.message;
}

describe("a denial because something is unknown", () => {
  for (const kind of ["record", "lock", "rights"] as const) {
    it(`says what to do instead of a retry, and that it does not help: ${kind}`, () => {
      const message = deny(LASTING, kind);
      assert.match(message, /: it is odd\. Retrying does not help\. Mend it\.\n/);
      assert.doesNotMatch(message, /Retry;|then retry/);
    });

    it(`says to retry, and where to look if that does not help: ${kind}`, () => {
      const message = deny({ unknown: "no answer" }, kind);
      assert.match(message, /: no answer\. Retry; if this persists, .*\nInspect:\n {2}kubectl .* logs/);
    });
  }

  it("says what to do about the record instead of bringing back members of the ring", () => {
    const message = deny(LASTING, "ring");
    assert.match(message, /members of the ring are unknown: it is odd\. Mend it\. A member .*\n/);
    assert.doesNotMatch(message, /Bring back/);
    assert.match(deny({ unknown: "no leader" }, "ring"), /Bring back missing members, then retry\./);
  });
});
