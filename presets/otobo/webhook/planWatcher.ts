// The watcher of packages in the first container: a postStart starts it, because the daemon can be told only by a process of
// its own container (docs/otobo.md#packages-at-run-time), and the container's resources grow by what the watcher needs.
import { add, type PatchOperation } from "../../../webhook/admission/answer.ts";
import type { Denial } from "../../../webhook/denials/codes.ts";
import { isSameJson } from "../../../webhook/kubernetes/isSameJson.ts";
import { buildContainerPath, type ContainerTarget } from "../../../webhook/kubernetes/objects.ts";
import { readAmounts } from "../../../webhook/mutation/podAmounts.ts";
import { formatQuantity, parseQuantity } from "../../../webhook/profiles/quantity.ts";
import { denyOtobo } from "../codes.ts";
import { buildWatchHook } from "../contract/packages.ts";
import type { OtoboPod } from "../profile/otoboPod.ts";

export function planWatcher(target: ContainerTarget, { watch }: OtoboPod): PatchOperation[] | Denial {
  if (watch === null) return [];
  const { container, list } = target;
  const hook = { exec: { command: buildWatchHook() } };
  const present = container.lifecycle?.postStart;
  // an earlier pass has added it, and the resources
  if (present && isSameJson(present, hook)) return [];
  if (list === "initContainers") {
    return denyWatch(
      container.name,
      "it is an init container. Name a regular container first in the profile's containers, or as daemonContainer",
    );
  }
  if (present)
    return denyWatch(
      container.name,
      "it has a postStart of its own. Do in its command what that does, or set packages: AtStart",
    );
  const path = buildContainerPath(target);
  return [add([...path, "lifecycle", "postStart"], hook), ...raiseAmounts(target, watch)];
}

const denyWatch = (name: string, why: string): Denial =>
  denyOtobo(
    "otobo-watch-conflict",
    `with packages: Watch, container ${name} needs a postStart that starts the watcher of packages, but ${why}.`,
  );

/**
 * Request and limit by the same amount, and only those that are set, so that the pod keeps its QoS class. Zero counts as not
 * set, as it does for Kubernetes.
 */
function raiseAmounts(target: ContainerTarget, watch: NonNullable<OtoboPod["watch"]>): PatchOperation[] {
  const { requests, limits } = readAmounts(target.container.resources);
  return Object.entries(watch).flatMap(([name, amount]) =>
    Object.entries({ requests, limits }).flatMap(([kind, amounts]) => {
      const own = parseQuantity(amounts[name]);
      const more = parseQuantity(amount);
      if (own === null || own === 0n || more === null) return [];
      return [add([...buildContainerPath(target), "resources", kind, name], formatQuantity(own + more))];
    }),
  );
}
