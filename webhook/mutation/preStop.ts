// The way out under scaleDown.policy Managed, and of every member of a ring: a preStop that runs `leave` in the first container,
// which hands leadership over where the member is merely restarted. An exec preStop of the
// application is wrapped and runs, too. The kubelet runs these words as they stand (pkg/kubelet/lifecycle expands no
// $(NAME) in them), so nothing is doubled here.
import { buildRunnerCommand, RUNNER_MOUNT } from "../../init/contract/places.ts";
import { add, insertAll, type PatchOperation } from "../admission/answer.ts";
import { type Denial, deny } from "../denials/codes.ts";
import type { Container, ContainerTarget } from "../kubernetes/objects.ts";

const LEAVE = buildRunnerCommand(RUNNER_MOUNT, "leave");

/** Before the application's own words. */
const ITS_OWN = "--";

/** Whether a container's preStop begins with our words; what another webhook has put around them hides them. */
export function leavesByPreStop({ lifecycle }: Pick<Container, "lifecycle">): boolean {
  const command = lifecycle?.preStop?.exec?.command ?? [];
  return LEAVE.every((word, index) => command[index] === word);
}

/**
 * The operations that make a container leave by its preStop, or why it cannot have one.
 * @param fallback what stands for the application's own preStop where it has none
 */
export function leaveHook(
  parts: readonly (string | number)[],
  { list, container }: ContainerTarget,
  fallback: readonly string[] = [],
): PatchOperation[] | Denial {
  if (list === "initContainers" && container.restartPolicy !== "Always") {
    return noPlace(
      container,
      "it is an init container, which is gone by then; name a container or a native sidecar first",
    );
  }
  if (leavesByPreStop(container)) return [];
  const { lifecycle } = container;
  const preStop = lifecycle?.preStop;
  // exactly one handler may be there; one that nobody here knows is no exec either
  const other = preStop?.exec ? undefined : Object.entries(preStop ?? {}).find(([, value]) => value);
  if (other !== undefined) {
    return noPlace(
      container,
      `its own preStop is of kind ${other[0]}, which cannot be run by ours; make it an exec one: it is wrapped then, and runs, too`,
    );
  }
  const own = preStop?.exec?.command ?? [];
  const path = [...parts, "lifecycle", "preStop", "exec", "command"];
  // before its own words, which are not repeated: they may hold a password
  if (own.length > 0) return insertAll(path, own, [...LEAVE, ITS_OWN], 0);
  // "add" on a member that is there replaces it (RFC 6902, 4.1)
  const command = fallback.length === 0 ? LEAVE : [...LEAVE, ITS_OWN, ...fallback];
  if (preStop?.exec) return [add(path, command)];
  if (lifecycle) return [add([...parts, "lifecycle", "preStop"], { exec: { command } })];
  return [add([...parts, "lifecycle"], { preStop: { exec: { command } } })];
}

function noPlace({ name }: Container, why: string): Denial {
  return deny("prestop-conflict", `scaleDown.policy Managed gives container ${name} a preStop, but ${why}`);
}
