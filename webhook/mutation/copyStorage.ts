// Ephemeral storage for the copy of the runner, in pods that limit it.
import { add, type PatchOperation } from "../admission/answer.ts";
import { formatWarning } from "../denials/codes.ts";
import { INSTALL_CONTAINER, LIMIT_RANGER } from "../kubernetes/names.ts";
import type { Container, Pod } from "../kubernetes/objects.ts";
import type { RunnerSpec } from "../profiles/profile.ts";
import { formatQuantity, toBillionths } from "../profiles/quantity.ts";
import {
  computeHeadroom,
  formatAmount,
  isLess,
  omitEmptyLists,
  type PodSums,
  type RequestsAndLimits,
  raiseTo,
  readAmounts,
  readLimits,
  setAmount,
} from "./podAmounts.ts";
import { isRollcallContainer } from "./position.ts";

const MIB = 2 ** 20;

/** Size of Node.js, its libraries and the runner (test/init/copied/table.ts measures it). */
export const COPY_MIB = 128;
const COPY = toBillionths(COPY_MIB * MIB);

export const STORAGE = "ephemeral-storage";

/** Sums of the pod, without Rollcall's init containers. */
export interface ResourceTotals {
  readonly requests: PodSums;
  readonly limits: PodSums;
}

export const listContainers = ({ spec }: Pod): Container[] => [
  ...spec.containers,
  ...(spec.initContainers ?? []),
];

/**
 * Whether the limits need not be raised for the copy: there are none; or they are only defaults of a LimitRange, which often
 * are its maximum, too, and the copy takes at most half of them.
 */
export function hasRoom(pod: Pod, { limits }: ResourceTotals): boolean {
  const whole = limits.whole.get(STORAGE);
  if (whole === undefined) return true;
  const parts = (pod.metadata.annotations?.[LIMIT_RANGER] ?? "").split("; ");
  const defaulted = new Set(parts.map(readDefaultedContainer));
  const isExplicit = listContainers(pod).some(
    (each) =>
      !isRollcallContainer(each) && STORAGE in readLimits(each.resources) && !defaulted.has(each.name),
  );
  return !isExplicit && whole >= 2n * COPY;
}

/** The container whose limit of ephemeral storage a part of the LimitRanger annotation names, or null. */
function readDefaultedContainer(part: string): string | null {
  const at = part.indexOf(" limit for ");
  return part.slice(0, Math.max(at, 0)).includes(STORAGE) ? part.slice(part.lastIndexOf(" ") + 1) : null;
}

/**
 * The kubelet evicts a pod whose containers, logs and emptyDirs together use more ephemeral storage than the pod's limit,
 * which is the higher one of its highest init container and the sum of its containers. So rollcall-install gets that sum
 * and the copy (opentelemetry-operator#2237). Without a limit nothing is raised: requests cause no eviction, and a quota may
 * count them.
 */
export function addCopyStorage(
  own: RequestsAndLimits,
  sums: ResourceTotals,
  configured: RunnerSpec["resources"],
): RequestsAndLimits {
  const whole = sums.limits.whole.get(STORAGE);
  if (whole === undefined || configured?.limits?.[STORAGE] !== undefined) return own;
  const limit = computeHeadroom(sums.limits, STORAGE) + COPY;
  const room = computeHeadroom(sums.requests, STORAGE) + COPY;
  const request = configured?.requests?.[STORAGE] ?? formatQuantity(room < limit ? room : limit);
  return setAmount(own, STORAGE, { request, limit: raiseTo(formatQuantity(limit), request) });
}

/** Warns about limits of ephemeral storage that leave the copy no room. */
export function checkCopyStorage(
  install: RequestsAndLimits,
  { limits }: ResourceTotals,
  configured: RunnerSpec["resources"],
): string[] {
  const whole = limits.whole.get(STORAGE);
  if (whole === undefined) return [];
  const needed = formatQuantity(computeHeadroom(limits, STORAGE) + COPY);
  const what = `the containers' ephemeral-storage limits are ${formatQuantity(whole)} in total, and the copy of the runner needs ${COPY_MIB}Mi more`;
  const ownLimit = configured?.limits?.[STORAGE];
  if (ownLimit !== undefined && !isLess(ownLimit, needed)) return [];
  const rest =
    ownLimit === undefined
      ? `so rollcall-install gets a limit of ${formatAmount(install.limits[STORAGE])}. If a LimitRange or ResourceQuota of the namespace ` +
        "rejects that, set runner.delivery: ImageVolume in the profile, or remove the ephemeral-storage limits from the pod template."
      : `but the profile's runner.resources.limits.ephemeral-storage is ${formatAmount(ownLimit)}, so the kubelet may evict the pod. ` +
        `Set it to ${needed}, remove it, or set runner.delivery: ImageVolume in the profile.`;
  return [formatWarning("ephemeral-storage-raised", `${what}, ${rest}`)];
}

/**
 * Raises the limit of rollcall-install in a later pass, if another webhook has added a limit of ephemeral storage since the
 * first one. Other changes of its resources are left alone.
 */
export function raiseStorageForCopy(
  parts: readonly (string | number)[],
  now: Container,
  wanted: Container,
): PatchOperation[] {
  const limit = readLimits(wanted.resources)[STORAGE];
  const [current, target] = [readAmounts(now.resources), readAmounts(wanted.resources)];
  if (now.name !== INSTALL_CONTAINER || limit === undefined || STORAGE in current.limits) return [];
  const raised = setAmount(current, STORAGE, { request: target.requests[STORAGE], limit });
  return [add([...parts, "resources"], { ...now.resources, ...omitEmptyLists(raised) })];
}
