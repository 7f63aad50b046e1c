// What was understood of a StatefulSet, in one line for the person who applies it.
import type { Profile } from "../profiles/compile.ts";
import type { PodDecision } from "./decide.ts";
import type { StatefulSet } from "./shape.ts";

type Injected = Extract<PodDecision, { is: "injected" }>;

/** One line: pods, numbers, containers, steps. */
export function told(seen: {
  set: StatefulSet;
  replicas: number;
  lowest: Injected;
  highest: Injected;
}): string {
  const { set, replicas, lowest, highest } = seen;
  const { profile } = lowest;
  const range = (from: string, to: string): string => (from === to ? from : `${from}..${to}`);
  const pods = replicas === 0 ? "no pods yet" : `pods ${range(lowest.member.pod, highest.member.pod)}`;
  const numbers = replicas === 0 ? "" : ` ${range(lowest.injection.nodeId, highest.injection.nodeId)}`;
  const mode = profile.mode === "warn" ? " [mode warn: nothing is changed or denied]" : "";
  return `StatefulSet ${set.metadata.name}, profile ${profile.name}${mode}: ${pods}, ${profile.nodeId.env}${numbers} in ${profile.containers.join(", ")}; ${workOf(profile)}`;
}

function workOf({ work }: Profile): string {
  if (work === null) return "no steps";
  return `steps ${work.steps.map(({ name }) => name).join(", ")}, marked on volume ${work.volume}`;
}
