// Summarizes in one line what the pods of a StatefulSet get, for the user who applies it.

import { formatPolicyName } from "../../init/contract/plan.ts";
import type { StatefulSet } from "../kubernetes/objects.ts";
import type { PodDecision } from "../mutation/decidePod.ts";
import { formatNodeIdValue } from "../mutation/podIdentity.ts";
import type { MarkerSettings } from "../profiles/markers.ts";
import type { Profile } from "../profiles/profile.ts";

type InjectedDecision = Extract<PodDecision, { is: "injected" }>;

/** Pods, numbers, containers, steps, markers and policy. */
export function summarizePods({
  set,
  replicas,
  lowest,
  highest,
}: {
  set: StatefulSet;
  replicas: number;
  lowest: InjectedDecision;
  highest: InjectedDecision;
}): string {
  const { profile } = lowest;
  const range = (from: string, to: string): string => (from === to ? from : `${from}..${to}`);
  const [first, last] = [lowest, highest].map(({ pod, member }) => pod.metadata.name ?? member.pod);
  const pods = replicas === 0 ? "no pods yet" : `pods ${range(first ?? "", last ?? "")}`;
  const number = ({ member, injection }: InjectedDecision): string =>
    formatNodeIdValue(member, profile, injection.nodeId);
  const numbers = replicas === 0 ? "" : ` ${range(number(lowest), number(highest))}`;
  const mode = profile.mode === "warn" ? " [mode Warn: nothing is changed or denied]" : "";
  const { env } = profile.nodeId;
  const gets = env === null ? "variables" : `${env}${numbers}`;
  return `StatefulSet ${set.metadata.name}, profile ${profile.name}${mode}: ${pods}, ${gets} in ${profile.containers.join(", ")}; ${describeWork(profile)}`;
}

function describeWork({ work, drop, ring }: Profile): string {
  if (ring !== null && work !== null) {
    return `members join ring ${ring.name} (at most ${ring.maxReplicas}); markers ${describeMarkerStore(work.markers)}; scaleDown.policy ${ring.scaleDown === "managed" ? "Managed" : "Drained"}`;
  }
  const policy = `scaleDown.policy ${formatPolicyName(drop.policy)}`;
  if (work === null || work.steps.length === 0) return `no steps; ${policy}`;
  const steps = work.steps.map(({ name, scope }) =>
    scope === "release" ? `${name} (once per release)` : name,
  );
  return `steps ${steps.join(", ")}; markers ${describeMarkerStore(work.markers)}; ${policy}`;
}

function describeMarkerStore(markers: MarkerSettings): string {
  switch (markers.store) {
    case "pvc":
      return `on volume ${markers.volume}`;
    case "s3":
      return "in S3";
    case "both":
      return `on volume ${markers.volume} and in S3`;
  }
}
