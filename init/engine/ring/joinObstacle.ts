// What keeps a new member from joining a ring that has a leader, such as an unfinished upgrade. The kind finds it, by
// asking the leader; the core makes the member wait, and records it, so that the webhook can warn before a scale.
import type { RecordedObstacle, RecordedRing } from "../../contract/record.ts";

/** Why a new member could not join, or would harm the ring. */
export interface JoinObstacle extends Pick<RecordedObstacle, "name" | "detail"> {
  /**
   * what a joining member waits for, and what to do; follows "waits for ". null: it is not certain, so the member joins and
   * only the webhook warns
   */
  readonly waitsFor: string | null;
}

/** unknown: the leader does not say. Such a member joins as it did before anybody asked, and nothing is recorded. */
export type ObstacleFinding =
  /** ruledOut: the names of reasons that were asked for and do not hold; others stay recorded */
  | { readonly is: "none"; readonly ruledOut: readonly string[] }
  | { readonly is: "unknown" }
  /** a question got no answer: a joining member asks again, and nothing is recorded */
  | { readonly is: "unanswered"; readonly waitsFor: string }
  | { readonly is: "obstacle"; readonly obstacle: JoinObstacle; readonly ruledOut: readonly string[] };

/** Records what was found. @returns the same object if nothing changes */
export function withObstacle(
  ring: RecordedRing,
  finding: ObstacleFinding,
  { pod, at }: Pick<RecordedObstacle, "pod" | "at">,
): RecordedRing {
  const { joinObstacle, ...others } = ring;
  const isRuledOut = (ruledOut: readonly string[]): boolean =>
    joinObstacle === undefined || ruledOut.includes(joinObstacle.name);
  switch (finding.is) {
    case "unknown":
    case "unanswered":
      return ring;
    case "none":
      return joinObstacle !== undefined && isRuledOut(finding.ruledOut) ? others : ring;
    case "obstacle": {
      const { name, detail, waitsFor } = finding.obstacle;
      if (joinObstacle?.name === name && joinObstacle.detail === detail) return ring;
      // an uncertain reason does not hide another that may still hold
      if (waitsFor === null && joinObstacle?.name !== name && !isRuledOut(finding.ruledOut)) return ring;
      return { ...others, joinObstacle: { name, detail, pod, at } };
    }
  }
}
