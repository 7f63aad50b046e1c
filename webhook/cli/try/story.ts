// The report of `try`, as text and as JSON.
import { type Plan, readPlan } from "../../../init/contract/plan.ts";
import { INIT_CONTAINER } from "../../kubernetes/names.ts";
import type { Pod } from "../../kubernetes/objects.ts";
import { readPlanText } from "../../mutation/carriedPlan.ts";
import { formatTable } from "../formatTable.ts";
import type { AdmittedPod } from "./emulator.ts";
import type { InitRun } from "./runInit.ts";

export interface PodStory {
  namespace: string;
  pod: string;
  ordinal: number;
  /** null: it got none, since the profile is in mode Warn */
  nodeId: string | null;
  steps: InitRun["steps"];
  /** VOLUME/PATH of an intact marker, or null */
  marker: string | null;
  exitCode: number | null;
  message: string;
  unknownEnv: readonly string[];
  askedApi: boolean;
  failed: boolean;
}

const NOT_REQUESTED = "without --run-steps";

/** @param init null: steps were not run */
export function buildPodStory(
  { name, ordinal, pod, nodeId }: AdmittedPod,
  namespace: string,
  init: InitRun | null,
): PodStory {
  const plan = pod === null ? null : readPodPlan(pod);
  return {
    namespace,
    pod: name,
    ordinal,
    nodeId,
    steps:
      init?.steps ??
      (plan?.steps ?? []).map((step) => ({
        name: step.name,
        result: "not-run",
        why: NOT_REQUESTED,
      })),
    marker: init?.marker?.onVolume ?? null,
    exitCode: init?.exitCode ?? null,
    message: init?.message ?? "",
    unknownEnv: init?.unknownEnv ?? [],
    askedApi: init?.askedApi ?? false,
    failed: init !== null && init.exitCode !== 0 && init.exitCode !== null,
  };
}

export interface TryRound {
  name: string;
  pods: PodStory[];
}

export interface TryReport {
  /** the first round */
  pods: PodStory[];
  /** later rounds: recreated pods, pods of a new release */
  again: TryRound[];
  leave: LeaveStory[];
  warnings: string[];
  denials: { object: string; message: string }[];
}

/** A removed pod: requests and commands in order. */
export interface LeaveStory {
  namespace: string;
  pod: string;
  /** the profile's scaleDown.policy */
  policy: string;
  result: "left" | "failed" | "not-run";
  happened: string[];
}

function readPodPlan(pod: Pod): Plan | null {
  const init = (pod.spec.initContainers ?? []).find(({ name }) => name === INIT_CONTAINER);
  const read = readPlan((init === undefined ? null : readPlanText(init)) ?? undefined);
  return "plan" in read ? read.plan : null;
}

const MARKS = { done: "√", "done-before": "√", failed: "×", "not-run": "–" } as const;
const WORDS = {
  done: "done",
  "done-before": "done before, not run again",
  failed: "FAILED",
  "not-run": "not run",
} as const;

export function formatStoryTable(stories: readonly PodStory[]): string {
  const rows = stories.map(({ namespace, pod, ordinal, nodeId, steps, marker }) => [
    `${namespace}/${pod}`,
    String(ordinal),
    nodeId ?? "–",
    steps.map(({ name, result }) => `${MARKS[result]} ${name} ${WORDS[result]}`).join(", "),
    marker === null ? "" : `√ ${marker}`,
  ]);
  return formatTable(["POD", "ORDINAL", "NODEID", "STEPS", "MARKER"], rows);
}

const LEFT = { left: "√ has left", failed: "× HAS NOT LEFT", "not-run": "– not run" } as const;

/** Formats all rounds in order. */
export function formatStory({ pods, again, leave }: Pick<TryReport, "pods" | "again" | "leave">): string {
  const rounds = again.map((round) => `\n${round.name}:\n${formatStoryTable(round.pods)}`);
  const left = leave.map(
    ({ namespace, pod, policy, result, happened }) =>
      `\n${namespace}/${pod} is removed, scaleDown.policy ${policy}: ${LEFT[result]}\n${happened.map((each) => `  - ${each.replaceAll("\n", "\n  ")}\n`).join("")}`,
  );
  return `${formatStoryTable(pods)}${[...rounds, ...left].join("")}`;
}

/** A note on standard error if the runner used the API server stand-in; otherwise null. */
export function formatStandIns({
  pods,
  again,
  leave,
}: Pick<TryReport, "pods" | "again" | "leave">): string | null {
  const all = [...pods, ...again.flatMap((round) => round.pods)];
  if (leave.length === 0 && !all.some(({ askedApi }) => askedApi)) return null;
  return "note: the runner used a stand-in for the API server, which has Leases, the StatefulSet and its namespace only";
}

/** Whether everything was allowed and succeeded. */
export const isGood = ({ pods, again, leave, denials }: TryReport): boolean =>
  denials.length === 0 &&
  [...pods, ...again.flatMap((round) => round.pods)].every(({ failed }) => !failed) &&
  leave.every(({ result }) => result !== "failed");

/** The last line. */
export function formatVerdict(report: TryReport): string {
  const { pods, again, leave, denials } = report;
  if (denials.length > 0) return `× ${denials.length} denied`;
  const failed = [...pods, ...again.flatMap((round) => round.pods)].filter((story) => story.failed);
  if (failed.length > 0)
    return `× ${failed.map(({ pod, message }) => `${pod}: ${message.split("\n")[0]}`).join("\n× ")}`;
  const notLeft = leave.filter(({ result }) => result === "failed");
  if (notLeft.length > 0)
    return `× ${notLeft.map(({ pod, happened }) => `${pod} has not left: ${happened.at(-1)?.split("\n")[0]}`).join("\n× ")}`;
  const steps = pods.flatMap((story) => story.steps);
  const notRun = steps.filter(({ result, why }) => result === "not-run" && why !== NOT_REQUESTED);
  const names = [...new Set(notRun.map(({ name }) => name))];
  const skipped = names.length === 0 ? "" : `; not run here: ${names.join(", ")}`;
  return `√ ${pods.length === 1 ? "1 pod, allowed" : `${pods.length} pods, all allowed`}${skipped}`;
}
