// The rounds of `try`: apply the StatefulSet and run its pods; recreate them on the same volumes; roll out a new release;
// scale down by one.
import { formatPolicyName, isLeft } from "../../../init/contract/plan.ts";
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import type { Pod } from "../../kubernetes/objects.ts";
import { listNames } from "../../kubernetes/shorten.ts";
import { readOrdinals } from "../../kubernetes/statefulSetPods.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { Profiles } from "../../profiles/profileSet.ts";
import type { Workload } from "../workload.ts";
import { bumpImageTag, withImage, withReplicas } from "./changedSet.ts";
import type { Emulator } from "./emulator.ts";
import { buildPodStory, type LeaveStory, type PodStory, type TryReport, type TryRound } from "./story.ts";

export interface TryOptions {
  runSteps: boolean;
  /** pods start without their steps */
  skipSteps: boolean;
  again: boolean;
  leave: boolean;
}

interface PlayInput {
  stage: Emulator;
  workload: Workload;
  profiles: Profiles;
  ordinals: readonly number[];
  wanted: TryOptions;
  report: TryReport;
  stop: AbortSignal;
}

export async function simulateSet(input: PlayInput): Promise<void> {
  const { workload, profiles, ordinals, wanted, report, stop } = input;
  if (!(await apply(input, workload))) return;
  const pods = await playPods(input, workload, { ordinals, into: report.pods });
  const profile = profiles.get(workload.set.spec.template.metadata?.labels?.[PROFILE_LABEL] ?? "");
  if (profile === undefined || stop.aborted) return;
  if (report.pods.some(({ failed }) => failed)) return warnOfSkippedRounds(input);
  const latest = wanted.again ? await playAgain(input, profile) : { workload, pods };
  if (wanted.leave && !stop.aborted) await playLeave(input, profile, latest);
}

/** After a failure a StatefulSet would have no pods to recreate or to remove. */
function warnOfSkippedRounds({ workload, wanted, report }: PlayInput): void {
  const rounds = [wanted.again ? "--again" : "", wanted.leave ? "--leave" : ""].filter(Boolean);
  if (rounds.length === 0) return;
  const instead = wanted.leave ? "; --skip-steps tries --leave without the steps" : "";
  addWarning(
    report,
    `${formatWorkloadName(workload)}: ${rounds.join(" and ")} ${rounds.length === 1 ? "was" : "were"} not tried, since a step failed${instead}`,
  );
}

/** Whether pods of the profile leave before a scale-down. */
export const canLeave = ({ drop }: Profile): boolean => isLeft(drop.policy);

async function apply({ stage, report }: PlayInput, workload: Workload, before?: Workload): Promise<boolean> {
  const applied = await stage.apply(workload, before);
  for (const warning of applied.warnings) addWarning(report, warning);
  if (applied.allowed) return true;
  refuse(report, formatWorkloadName(workload), applied.message);
  return false;
}

const formatWorkloadName = ({ namespace, set }: Workload): string =>
  `StatefulSet ${namespace}/${set.metadata.name}`;

async function playPods(
  { stage, wanted, report, stop }: PlayInput,
  workload: Workload,
  { ordinals, into }: { ordinals: readonly number[]; into: PodStory[] },
): Promise<Map<number, Pod>> {
  const pods = new Map<number, Pod>();
  for (const ordinal of ordinals) {
    if (stop.aborted) break;
    const admitted = await stage.create(workload, ordinal);
    for (const warning of admitted.warnings) addWarning(report, warning);
    if (admitted.pod === null) {
      refuse(report, `pod ${workload.namespace}/${admitted.name}`, admitted.denial);
      continue;
    }
    const init = wanted.runSteps
      ? await stage.start(admitted.pod, createPodLog(admitted.name), wanted.skipSteps)
      : null;
    const story = buildPodStory(admitted, workload.namespace, init);
    into.push(story);
    pods.set(ordinal, admitted.pod);
    const left = ordinals.slice(ordinals.indexOf(ordinal) + 1);
    if (story.failed && left.length > 0) {
      addWarning(report, describeUncreated(workload, admitted.name, left));
      break;
    }
  }
  return pods;
}

/** The StatefulSet controller waits for a pod as well, under podManagementPolicy OrderedReady. */
function describeUncreated({ set }: Workload, failed: string, left: readonly number[]): string {
  const names = listNames(left.map((ordinal) => `${set.metadata.name}-${ordinal}`));
  return `${names} ${left.length === 1 ? "was" : "were"} not created, since ${failed} failed`;
}

const createPodLog =
  (pod: string) =>
  (line: string): void =>
    void process.stderr.write(`${pod} | ${line}\n`);

/** The StatefulSet that was applied last, and the pods that ran last. */
interface SimulatedSet {
  workload: Workload;
  pods: ReadonlyMap<number, Pod>;
}

async function playAgain(input: PlayInput, profile: Profile): Promise<SimulatedSet> {
  const { workload, ordinals, report } = input;
  const again: TryRound = { name: "the same pods, recreated on their volumes", pods: [] };
  report.again.push(again);
  const pods = await playPods(input, workload, { ordinals, into: again.pods });
  const { containers, initContainers } = workload.set.spec.template.spec;
  const first = [...containers, ...(initContainers ?? [])].find(({ name }) => name === profile.containers[0]);
  if (first?.image === undefined) return { workload, pods };
  const image = bumpImageTag(first.image);
  const next = withImage(workload, profile.containers, image);
  if (!(await apply(input, next, workload))) return { workload, pods };
  const release: TryRound = { name: `a new release: image ${image}`, pods: [] };
  report.again.push(release);
  // a rolling update starts with the highest ordinal
  const newest = await playPods(input, next, { ordinals: ordinals.toReversed(), into: release.pods });
  return { workload: next, pods: newest };
}

/** Removes the highest ordinal, as kubectl scale would. */
async function playLeave(input: PlayInput, profile: Profile, played: SimulatedSet): Promise<void> {
  if (!canLeave(profile)) return;
  const { policy, minReplicas } = profile.drop;
  const grown = await growTo(input, played, minReplicas + 1);
  if (grown === null) return;
  const { workload, pod } = grown;
  const happened: string[] = [];
  const story: LeaveStory = {
    namespace: workload.namespace,
    pod: pod.metadata.name ?? "",
    policy: formatPolicyName(policy),
    result: "not-run",
    happened,
  };
  input.report.leave.push(story);
  if (profile.ring !== null) happened.push(`it leaves the ring ${profile.ring.name}, which needs a cluster`);
  else if (policy === "drained") story.result = await drainFirst(input.stage, grown, happened);
  else story.result = await leaveAfter(input.stage, grown, happened);
}

/** The pod to be removed, and its StatefulSet. */
interface LeavingPod {
  workload: Workload;
  pod: Pod;
}

/** Policy Managed: the scale-down is allowed, and the pod leaves in its preStop. */
async function leaveAfter(
  stage: Emulator,
  going: LeavingPod,
  happened: string[],
): Promise<LeaveStory["result"]> {
  if (!(await scaleDown(stage, going, happened))) return "failed";
  return leaveBy(stage, going, { how: "leave", what: "its preStop" }, happened);
}

/** Policy Drained: shows that the scale-down is denied until the pod is drained. */
async function drainFirst(
  stage: Emulator,
  going: LeavingPod,
  happened: string[],
): Promise<LeaveStory["result"]> {
  await scaleDown(stage, going, happened);
  const result = await leaveBy(stage, going, { how: "drain", what: "drain" }, happened);
  if (result !== "left") return result;
  return (await scaleDown(stage, going, happened)) ? "left" : "failed";
}

async function scaleDown(stage: Emulator, { workload }: LeavingPod, happened: string[]): Promise<boolean> {
  const replicas = readOrdinals(workload.set).replicas - 1;
  const { allowed, message } = await stage.apply(withReplicas(workload, replicas), workload);
  happened.push(`kubectl scale --replicas=${replicas}: ${allowed ? "allowed" : `denied: ${message}`}`);
  return allowed;
}

async function leaveBy(
  stage: Emulator,
  { pod }: LeavingPod,
  { how, what }: { how: "leave" | "drain"; what: string },
  happened: string[],
): Promise<LeaveStory["result"]> {
  const { exitCode, why } = await stage.leave(pod, how, createPodLog(pod.metadata.name ?? ""));
  happened.push(`${what}: ${exitCode === null ? "not run: " : ""}${why}`);
  if (exitCode === null) return "not-run";
  return exitCode === 0 && stage.hasLeft(pod, how) ? "left" : "failed";
}

/** Scales up first if a scale-down would go below minReplicas. */
async function growTo(
  input: PlayInput,
  { workload, pods }: SimulatedSet,
  minimum: number,
): Promise<LeavingPod | null> {
  const { start, replicas } = readOrdinals(workload.set);
  const needed = Math.max(replicas, minimum, 2);
  const highest = start + needed - 1;
  const existing = pods.get(highest);
  if (existing !== undefined) return { workload, pod: existing };
  const grown = needed === replicas ? workload : withReplicas(workload, needed);
  if (needed !== replicas) {
    addWarning(
      input.report,
      `${formatWorkloadName(workload)} is scaled up to ${needed} replicas, so that one of them can be removed`,
    );
    if (!(await apply(input, grown, workload))) return null;
  }
  const round: TryRound = { name: "the pod to be removed", pods: [] };
  input.report.again.push(round);
  const pod = (await playPods(input, grown, { ordinals: [highest], into: round.pods })).get(highest);
  return pod === undefined || round.pods.some(({ failed }) => failed) ? null : { workload: grown, pod };
}

export function addWarning(report: TryReport, warning: string): void {
  if (report.warnings.includes(warning)) return;
  report.warnings.push(warning);
  process.stderr.write(`Warning: ${warning}\n`);
}

function refuse(report: TryReport, object: string, message: string | null): void {
  report.denials.push({ object, message: message ?? "denied" });
  process.stderr.write(`denied: ${object}: ${message ?? ""}\n`);
}
