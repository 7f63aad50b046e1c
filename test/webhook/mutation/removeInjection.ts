// Removes from a pod what injection may have added: the rest must equal the original pod.
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";
import type { Profile } from "../../../webhook/profiles/profile.ts";
import type { RawNamed, RawPod } from "./pod.ts";

const INITS = ["rollcall-install", "rollcall-init"];
const VOLUMES = ["rollcall", "rollcall-token", "rollcall-s3"];
const MOUNTS = ["/rollcall", "/rollcall-marker", "/rollcall-token", "/rollcall-s3"];
const RUNNER_ENV = ["ROLLCALL_PLAN", "ROLLCALL_POD_UID", "ROLLCALL_POD_NAME", "ROLLCALL_POD_NAMESPACE"];
const EVICTABLE = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
const LEAVE = buildRunnerCommand(RUNNER_MOUNT, "leave");

/** @param after the injected pod @param before the original pod @param profile of the injection */
export function removeInjection(after: RawPod, before: RawPod, profile: Profile): RawPod {
  const pod = structuredClone(after);
  dropAnnotation(pod.metadata, before.metadata);
  dropFrom(pod.spec, before.spec, "initContainers", ({ name }) => INITS.includes(name));
  dropFrom(pod.spec, before.spec, "volumes", ({ name }) => VOLUMES.includes(name));
  for (const [index, name] of profile.containers.entries()) {
    const [now, then] = [pod, before].map(({ spec }) => spec.containers.find((each) => each.name === name));
    if (now === undefined || then === undefined) throw new Error(`no container ${name}`);
    const own = ((then["env"] ?? []) as RawNamed[]).map((each) => each.name);
    const names = [...listInjectedNames(profile), ...(index === 0 ? RUNNER_ENV : [])].filter(
      (each) => !own.includes(each),
    );
    dropFrom(now, then, "env", (each) => names.includes(each.name));
    const added = new Set(profile.envFrom.map((each) => JSON.stringify(each)));
    dropFrom(now, then, "envFrom", (each) => added.has(JSON.stringify(each)));
    if (index > 0) continue;
    dropFrom(now, then, "volumeMounts", (each) => MOUNTS.includes(String(each["mountPath"])));
    if (profile.drop.policy === "managed") dropPreStop(now, then);
  }
  return pod;
}

/** Removes the annotation, and a new annotations object with it. */
function dropAnnotation(now: Record<string, unknown>, then: Record<string, unknown>): void {
  const annotations = now["annotations"] as Record<string, unknown> | undefined;
  const before = then["annotations"] as Record<string, unknown> | undefined;
  if (annotations === undefined || annotations[EVICTABLE] === before?.[EVICTABLE]) return;
  if (before === undefined) delete now["annotations"];
  else if (before[EVICTABLE] === undefined) delete annotations[EVICTABLE];
  else annotations[EVICTABLE] = before[EVICTABLE];
}

const listInjectedNames = ({ nodeId, env, s3 }: Profile): string[] => [
  ...(nodeId.env === null ? [] : [nodeId.env]),
  ...[...env, ...s3].map(({ name }) => name),
];

/** Removes items from a list, and a new list with them. */
function dropFrom(
  now: Record<string, unknown>,
  then: Record<string, unknown>,
  key: string,
  isOurs: (item: RawNamed) => boolean,
): void {
  const kept = ((now[key] ?? []) as RawNamed[]).filter((each) => !isOurs(each));
  if (kept.length === 0 && then[key] === undefined) delete now[key];
  else now[key] = kept;
}

interface Hooks {
  preStop?: { exec: { command: string[] } };
}

function dropPreStop(now: RawNamed, then: RawNamed): void {
  const [hooks, before] = [now, then].map((each) => each["lifecycle"] as Hooks | undefined);
  const command = hooks?.preStop?.exec.command ?? [];
  if (hooks?.preStop === undefined || !LEAVE.every((word, index) => command[index] === word)) return;
  if (before?.preStop !== undefined) hooks.preStop.exec.command = command.slice(LEAVE.length + 1);
  else delete hooks.preStop;
  if (before === undefined) delete now["lifecycle"];
}
