// Steps of scope Release that ran more often than once for a release: their verify does not see what the first pod did.
import type { TryStepReport } from "./buildStepReports.ts";
import { listStories, type PodStory, type TryRounds } from "./story.ts";

/** A step of scope Release that several pods ran for the same release. */
export interface RepeatedStep {
  readonly step: string;
  /** in order; a pod that was recreated in between is named twice */
  readonly pods: readonly string[];
}

/** By the key of `buildRunKey`. */
export function findRepeatedSteps(rounds: TryRounds): ReadonlyMap<string, RepeatedStep> {
  const all = new Map<string, { step: string; pods: string[] }>();
  for (const story of listStories(rounds)) {
    for (const step of story.steps) {
      const key = buildRunKey(story, step);
      if (key === null) continue;
      const found = all.get(key) ?? { step: step.name, pods: [] };
      const isRecreated = found.pods.includes(story.pod);
      found.pods.push(isRecreated ? `${story.pod} (recreated)` : story.pod);
      all.set(key, found);
    }
  }
  return new Map([...all].filter(([, { pods }]) => pods.length > 1));
}

/** Equal for runs of one step for one release of one StatefulSet; null if this pod did not run it. */
export function buildRunKey({ namespace, pod }: PodStory, { name, release }: TryStepReport): string | null {
  if (release === undefined) return null;
  return JSON.stringify([namespace, pod.slice(0, pod.lastIndexOf("-")), name, release]);
}

/** Warnings about steps of scope Release that ran more than once for a release. */
export function warnOfRepeatedSteps(rounds: TryRounds): string[] {
  return [...findRepeatedSteps(rounds).values()].map(
    ({ step, pods }) =>
      `step ${step} of scope Release ran in ${pods.length} pods for one release, not once: ${pods.join(", ")}. Its verify fails in ` +
      "pods that did not run it, so it probably looks at the pod's own volume. Let it look at what all pods share; of volumes " +
      "that is here only a claim that all pods name (docs/profiles.md#when-a-step-runs)",
  );
}
