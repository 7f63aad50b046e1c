// The preStop that runs `leave` in the first container: under scaleDown.policy Managed, and for every member of a ring,
// which transfers leadership when it is only restarted. An exec preStop of the application is wrapped and still runs.
// pkg/kubelet/lifecycle does not expand $(NAME) in these commands, so they need no escaping.
import { buildRunnerCommand, RUNNER_MOUNT } from "../../init/contract/places.ts";
import { add, insertAll, type PatchOperation } from "../admission/answer.ts";
import { type Denial, deny } from "../denials/codes.ts";
import type { Container, ContainerTarget } from "../kubernetes/objects.ts";

const LEAVE = buildRunnerCommand(RUNNER_MOUNT, "leave");

/** Separates `leave` from the application's own command. */
const SEPARATOR = "--";

/** Whether a container's preStop starts with `leave`; one that another webhook has wrapped does not count. */
export function leavesByPreStop({ lifecycle }: Pick<Container, "lifecycle">): boolean {
  const command = lifecycle?.preStop?.exec?.command ?? [];
  return LEAVE.every((word, index) => command[index] === word);
}

/**
 * The operations that give a container a preStop with `leave`, or why it cannot have one.
 * @param fallback runs after `leave` if the application has no preStop
 */
export function buildLeaveHook(
  parts: readonly (string | number)[],
  { list, container }: ContainerTarget,
  fallback: readonly string[] = [],
): PatchOperation[] | Denial {
  if (list === "initContainers" && container.restartPolicy !== "Always") {
    return denyPreStop(
      container,
      "it is an init container, which has ended by then. Name a container or a native sidecar first in the profile's containers",
    );
  }
  if (leavesByPreStop(container)) return [];
  const { lifecycle } = container;
  const preStop = lifecycle?.preStop;
  // a preStop has exactly one handler; a kind of a later Kubernetes is no exec either
  const other = preStop?.exec ? undefined : Object.entries(preStop ?? {}).find(([, value]) => value);
  if (other !== undefined) {
    return denyPreStop(
      container,
      `its own preStop is of kind ${other[0]}, which cannot be wrapped. Use one of kind exec, which is wrapped and still runs`,
    );
  }
  const own = preStop?.exec?.command ?? [];
  const path = [...parts, "lifecycle", "preStop", "exec", "command"];
  // inserted before the application's command, which the patch does not repeat: it may hold a password
  if (own.length > 0) return insertAll(path, own, [...LEAVE, SEPARATOR], 0);
  // "add" on an existing member replaces it (RFC 6902, 4.1)
  const command = fallback.length === 0 ? LEAVE : [...LEAVE, SEPARATOR, ...fallback];
  if (preStop?.exec) return [add(path, command)];
  if (lifecycle) return [add([...parts, "lifecycle", "preStop"], { exec: { command } })];
  return [add([...parts, "lifecycle"], { preStop: { exec: { command } } })];
}

function denyPreStop({ name }: Container, why: string): Denial {
  return deny("prestop-conflict", `the profile needs a preStop in container ${name}, but ${why}.`);
}
