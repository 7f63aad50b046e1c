// What became of each pod, as a table and as JSON.
import { type Plan, readPlan } from "../../../init/contract/plan.ts";
import { INIT_CONTAINER } from "../../inject/names.ts";
import { planTextIn } from "../../inject/planIn.ts";
import type { Pod } from "../../inject/shape.ts";
import { table } from "../table.ts";
import type { InitRun } from "./runInit.ts";
import type { Admitted } from "./stage.ts";

export interface PodStory {
  namespace: string;
  pod: string;
  ordinal: number;
  /** null where it got none: the profile is in mode warn */
  nodeId: string | null;
  steps: InitRun["steps"];
  /** VOLUME/PATH of the marker, where there is a whole one */
  marker: string | null;
  exitCode: number | null;
  message: string;
  unknownEnv: readonly string[];
  askedApi: boolean;
  failed: boolean;
}

/** @param init null where steps were not asked for */
export function storyOf(
  { name, ordinal, pod, nodeId }: Admitted,
  namespace: string,
  init: InitRun | null,
): PodStory {
  const plan = pod === null ? null : planOf(pod);
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
        why: "--run-steps was not given",
      })),
    marker: init?.marker?.onVolume ?? null,
    exitCode: init?.exitCode ?? null,
    message: init?.message ?? "",
    unknownEnv: init?.unknownEnv ?? [],
    askedApi: init?.askedApi ?? false,
    failed: init !== null && init.exitCode !== 0 && init.exitCode !== null,
  };
}

function planOf(pod: Pod): Plan | null {
  const init = (pod.spec.initContainers ?? []).find(({ name }) => name === INIT_CONTAINER);
  const read = readPlan((init === undefined ? null : planTextIn(init)) ?? undefined);
  return "plan" in read ? read.plan : null;
}

const MARKS = { done: "√", "done-before": "√", failed: "×", "not-run": "–" } as const;
const WORDS = {
  done: "done",
  "done-before": "done before, not run again",
  failed: "FAILED",
  "not-run": "not run",
} as const;

/** The table of a run: pod, ordinal, NodeID, steps, marker. */
export function storyTable(stories: readonly PodStory[]): string {
  const rows = stories.map(({ namespace, pod, ordinal, nodeId, steps, marker }) => [
    `${namespace}/${pod}`,
    String(ordinal),
    nodeId ?? "–",
    steps.map(({ name, result }) => `${MARKS[result]} ${name} ${WORDS[result]}`).join(", "),
    marker === null ? "" : `√ ${marker}`,
  ]);
  return table(["POD", "ORDINAL", "NODEID", "STEPS", "MARKER"], rows);
}

/** What stood in for a cluster, where the runner asked for one. */
export function storyStandIns(pods: readonly PodStory[]): string | null {
  if (!pods.some(({ askedApi }) => askedApi)) return null;
  return "stood in: for the API server a small one in this program, which holds Leases and shows StatefulSet and namespace";
}

/** The last line: the verdict. */
export function storyVerdict({
  pods,
  denials,
}: {
  pods: readonly PodStory[];
  denials: readonly unknown[];
}): string {
  const failed = pods.filter((story) => story.failed);
  if (denials.length > 0) return `× ${denials.length} denied`;
  if (failed.length > 0)
    return `× ${failed.map(({ pod, message }) => `${pod}: ${message.split("\n")[0]}`).join("\n× ")}`;
  return `√ ${pods.length} pods, all allowed`;
}
