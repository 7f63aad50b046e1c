// The pods of a StatefulSet as they are now: those of its controller, and orphans of an earlier StatefulSet of that
// name, which the controller would adopt.
import { META } from "../../../init/contract/apiObjects.ts";
import {
  anything,
  formatShapeFault,
  list,
  nullish,
  object,
  readShape,
  type TypeOf,
  text,
} from "../../../init/contract/shape.ts";
import { container, ownerByName } from "../../kubernetes/objects.ts";
import { readPlanIdentity } from "../../mutation/carriedPlan.ts";
import { leavesByPreStop } from "../../mutation/preStop.ts";
import type { LivePod } from "../evidence.ts";
import { parseOrdinal } from "../ordinals.ts";

const ran = object({ name: text(), state: nullish(object({ running: anything() })) });

const livePod = object({
  metadata: object({
    name: META.name,
    uid: META.uid,
    deletionTimestamp: nullish(META.deletionTimestamp),
    ownerReferences: nullish(list(ownerByName)),
  }),
  spec: object({
    serviceAccountName: nullish(text()),
    containers: list(container),
    initContainers: nullish(list(container)),
  }),
  status: nullish(
    object({ phase: nullish(text()), podIP: nullish(text()), containerStatuses: nullish(list(ran)) }),
  ),
});

type RawPod = TypeOf<typeof livePod>;

const named = object({ metadata: object({ name: META.name }) });

/**
 * Reads a pod of a StatefulSet from an item of a list.
 * @param containerName the container whose preStop leaves
 * @returns none if it is not a pod of that StatefulSet
 * @throws if a pod of that name cannot be read: a pod that is skipped would not be protected
 */
export function readLivePod(item: unknown, set: string, containerName: string): LivePod[] {
  const name = readShape(named, item);
  const ordinal = "value" in name ? parseOrdinal(name.value.metadata.name, set) : null;
  if (ordinal === null) return [];
  const read = readShape(livePod, item);
  if ("fault" in read)
    throw new Error(`pod ${set}-${ordinal} cannot be read: ${formatShapeFault(read.fault)}`);
  return belongsToSet(read.value, set) ? [asLive(read.value, ordinal, containerName)] : [];
}

/** Also a pod that an earlier StatefulSet of that name still owns: its ordinal exists until the pod is gone. */
function belongsToSet({ metadata }: RawPod, set: string): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return true;
  return owner.kind === "StatefulSet" && owner.apiVersion.startsWith("apps/") && owner.name === set;
}

function asLive(pod: RawPod, ordinal: number, containerName: string): LivePod {
  const { metadata, spec, status } = pod;
  return {
    name: metadata.name,
    ordinal,
    uid: metadata.uid,
    running: isRunning(pod),
    ip: status?.podIP || null,
    serviceAccount: spec.serviceAccountName || "default",
    leaves: leaves(pod, containerName),
  };
}

function isRunning({ metadata, spec, status }: RawPod): boolean {
  if (metadata.deletionTimestamp || status?.phase !== "Running") return false;
  const running = new Set(
    (status.containerStatuses ?? []).filter(({ state }) => state?.running).map(({ name }) => name),
  );
  return spec.containers.every(({ name }) => running.has(name));
}

/** Whether the container has the injected preStop and the plan of this pod, with policy Managed. */
function leaves({ metadata, spec }: RawPod, containerName: string): boolean {
  const found = [...spec.containers, ...(spec.initContainers ?? [])].find(
    ({ name }) => name === containerName,
  );
  if (found === undefined || !leavesByPreStop(found)) return false;
  const plan = readPlanIdentity(found);
  return plan?.pod === metadata.name && plan.drop === "managed";
}
