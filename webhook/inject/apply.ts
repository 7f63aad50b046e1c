// The answer at apply: denials of pods go to a controller that nobody watches, so injection is played for a
// StatefulSet's pods while the person who applies it is still there (DESIGN: the user's interface).
import { isDeepStrictEqual } from "node:util";
import { type Answer, allowed } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { Profile } from "../profiles/compile.ts";
import { deny, say } from "./codes.ts";
import { decideOnPod, type InForce, type PodDecision } from "./decide.ts";
import { PROFILE_LABEL } from "./names.ts";
import { ordinalsOf, podOf } from "./pods.ts";
import { refuse } from "./review.ts";
import { readAs, type StatefulSet, statefulSet as statefulSetShape } from "./shape.ts";

/** Answers CREATE and UPDATE of a StatefulSet at /validate. */
export function answerAtApply(request: AdmissionRequest, force: InForce): Answer {
  if (request.operation !== "CREATE" && request.operation !== "UPDATE") return allowed();
  const read = readAs(statefulSetShape, request.object);
  if ("wrong" in read)
    return refuse(deny("object-unreadable", `the StatefulSet cannot be read: ${read.wrong}`), "enforce");
  const set = read.object;
  if (set.spec.template.metadata?.labels?.[PROFILE_LABEL] === undefined) return allowed();
  // a finalizer, an annotation, a set on its way out: nothing about its pods was asked
  if (set.metadata.deletionTimestamp || sameSpec(request.oldObject, request.object)) return allowed();

  const namespace = request.namespace ?? "";
  const { start, replicas } = ordinalsOf(set);
  // the others differ from these two by their number alone
  const edges = [start, Math.max(start, start + replicas - 1)].map((ordinal) =>
    play(set, namespace, ordinal, force),
  );
  for (const edge of edges) {
    if (edge.is === "denied") return refuse(edge.denial, edge.mode);
  }
  const [lowest, highest] = edges;
  if (lowest?.is !== "injected" || highest?.is !== "injected") return allowed();
  const understood = say("understood", told({ set, replicas, lowest, highest }));
  return allowed({ warnings: [understood, ...lowest.injection.warnings] });
}

/** What would become of the pod of one ordinal, created as the controller creates it. */
export function play(set: StatefulSet, namespace: string, ordinal: number, force: InForce): PodDecision {
  const [username = ""] = force.settings.controllerUsers;
  return decideOnPod(podOf(set, namespace, ordinal), { namespace, username }, force);
}

type Injected = Extract<PodDecision, { is: "injected" }>;

function told(seen: { set: StatefulSet; replicas: number; lowest: Injected; highest: Injected }): string {
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

function sameSpec(oldObject: unknown, object: unknown): boolean {
  return (
    oldObject !== null && oldObject !== undefined && isDeepStrictEqual(specOf(oldObject), specOf(object))
  );
}

const specOf = (object: unknown): unknown =>
  typeof object === "object" && object !== null && "spec" in object ? object.spec : undefined;
