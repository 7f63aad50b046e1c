// The report of `try`, as text and as JSON.
import { type Plan, readPlan } from "../../../init/contract/plan.ts";
import { INIT_CONTAINER } from "../../kubernetes/names.ts";
import type { Pod } from "../../kubernetes/objects.ts";
import { readPlanText } from "../../mutation/carriedPlan.ts";
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

/** Why steps were not run. */
export const NOT_REQUESTED = "without --run-steps";

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

/** All rounds of pods, without those that leave. */
export type TryRounds = Pick<TryReport, "pods" | "again">;

export const listStories = ({ pods, again }: TryRounds): PodStory[] => [
  ...pods,
  ...again.flatMap((round) => round.pods),
];
