// What `try` prints: a table for each round, what happened to pods that leave, and the verdict.
import { formatTable } from "../formatTable.ts";
import type { TryStepReport } from "./buildStepReports.ts";
import { buildRunKey, findRepeatedSteps, type RepeatedStep } from "./repeatedSteps.ts";
import { listStories, NOT_REQUESTED, type PodStory, type TryReport } from "./story.ts";

const MARKS = { done: "√", "done-before": "√", failed: "×", "not-run": "–" } as const;
const WORDS = {
  done: "done",
  "done-before": "done before, not run again",
  failed: "FAILED",
  "not-run": "not run",
} as const;

function formatStoryTable(stories: readonly PodStory[], repeated: ReadonlyMap<string, RepeatedStep>): string {
  const formatStep = (story: PodStory, step: TryStepReport): string => {
    const again = repeated.get(buildRunKey(story, step) ?? "");
    return again === undefined
      ? `${MARKS[step.result]} ${step.name} ${WORDS[step.result]}`
      : `! ${step.name} ${WORDS[step.result]}, ran in ${again.pods.length} pods`;
  };
  const rows = stories.map((story) => [
    `${story.namespace}/${story.pod}`,
    String(story.ordinal),
    story.nodeId ?? "–",
    story.steps.map((step) => formatStep(story, step)).join(", "),
    story.marker === null ? "" : `√ ${story.marker}`,
  ]);
  return formatTable(["POD", "ORDINAL", "NODEID", "STEPS", "MARKER"], rows);
}

const LEFT = {
  left: "√ has left",
  failed: "× HAS NOT LEFT",
  "not-run": "× unknown, not run here",
} as const;

/** Formats all rounds in order. */
export function formatStory({ pods, again, leave }: Pick<TryReport, "pods" | "again" | "leave">): string {
  const repeated = findRepeatedSteps({ pods, again });
  const rounds = again.map((round) => `\n${round.name}:\n${formatStoryTable(round.pods, repeated)}`);
  const left = leave.map(
    ({ namespace, pod, policy, result, happened }) =>
      `\n${namespace}/${pod} is removed, scaleDown.policy ${policy}: ${LEFT[result]}\n${happened.map((each) => `  - ${each.replaceAll("\n", "\n  ")}\n`).join("")}`,
  );
  return `${formatStoryTable(pods, repeated)}${[...rounds, ...left].join("")}`;
}

/** A note on standard error if the runner used the API server stand-in; otherwise null. */
export function formatStandIns({
  pods,
  again,
  leave,
}: Pick<TryReport, "pods" | "again" | "leave">): string | null {
  const all = listStories({ pods, again });
  if (leave.length === 0 && !all.some(({ askedApi }) => askedApi)) return null;
  return "note: the runner used a stand-in for the API server, which has Leases, the StatefulSet and its namespace only";
}

/** good: everything was allowed and succeeded; unknown: the same, but a pod could not leave on this machine */
export function judgeReport(report: TryReport): "good" | "bad" | "unknown" {
  const { leave, denials } = report;
  const isBad =
    denials.length > 0 ||
    listStories(report).some(({ failed }) => failed) ||
    leave.some(({ result }) => result === "failed");
  if (isBad) return "bad";
  return leave.some(({ result }) => result === "not-run") ? "unknown" : "good";
}

/** The last line. */
export function formatVerdict(report: TryReport): string {
  const { pods, leave, denials } = report;
  if (denials.length > 0) return `× ${denials.length} denied`;
  const failed = listStories(report).filter((story) => story.failed);
  if (failed.length > 0)
    return `× ${failed.map(({ pod, message }) => `${pod}: ${message.split("\n")[0]}`).join("\n× ")}`;
  const notLeft = leave.filter(({ result }) => result === "failed");
  if (notLeft.length > 0)
    return `× ${notLeft.map(({ pod, happened }) => `${pod} has not left: ${happened.at(-1)?.split("\n")[0]}`).join("\n× ")}`;
  const notTried = leave.filter(({ result }) => result === "not-run");
  if (notTried.length > 0)
    return `× unknown: ${notTried.map(({ pod, happened }) => `whether ${pod} leaves: ${happened.at(-1)?.split("\n")[0]}`).join("\n× unknown: ")}`;
  const repeated = [...findRepeatedSteps(report).values()].map(
    ({ step, pods: ranIn }) => `; ${step} ran in ${ranIn.length} pods, see the warning`,
  );
  const steps = pods.flatMap((story) => story.steps);
  const notRun = steps.filter(({ result, why }) => result === "not-run" && why !== NOT_REQUESTED);
  const names = [...new Set(notRun.map(({ name }) => name))];
  const skipped = names.length === 0 ? "" : `; not run here: ${names.join(", ")}`;
  return `√ ${pods.length === 1 ? "1 pod, allowed" : `${pods.length} pods, all allowed`}${skipped}${repeated.join("")}`;
}
