// Room for the copy of the runner under a limit of ephemeral storage.
import { add, type PatchOperation } from "../admission/answer.ts";
import { formatWarning } from "../denials/codes.ts";
import { INSTALL_CONTAINER, LIMIT_RANGER } from "../kubernetes/names.ts";
import type { Container, Pod } from "../kubernetes/objects.ts";
import type { RunnerSpec } from "../profiles/profile.ts";
import { formatQuantity, toBillionths } from "../profiles/quantity.ts";
import {
  computeHeadroom,
  isLess,
  omitEmptyLists,
  type PodSums,
  type RequestsAndLimits,
  raiseTo,
  readAmounts,
  readLimits,
  show,
  withAmount,
} from "./podAmounts.ts";
import { isOurs } from "./position.ts";

const MIB = 2 ** 20;

/** Of ephemeral storage: node, its libraries and the program (test/init/copied/table.ts measures it). */
export const COPY_MIB = 128;
const COPY = toBillionths(COPY_MIB * MIB);

export const STORAGE = "ephemeral-storage";

/** Of the pod, without ours. */
export interface ResourceTotals {
  readonly requests: PodSums;
  readonly limits: PodSums;
}

export const listContainers = ({ spec }: Pod): Container[] => [
  ...spec.containers,
  ...(spec.initContainers ?? []),
];

/**
 * Whether the copy needs no more than the containers' own limits: where nobody has said one, and where a LimitRange alone
 * has, whose maximum that mostly is, and the copy leaves half of it.
 */
export function hasRoom(pod: Pod, { limits }: ResourceTotals): boolean {
  const whole = limits.whole.get(STORAGE);
  if (whole === undefined) return true;
  const parts = (pod.metadata.annotations?.[LIMIT_RANGER] ?? "").split("; ");
  const set = new Set(parts.map(nameLimited));
  const isSaid = listContainers(pod).some(
    (each) => !isOurs(each) && STORAGE in readLimits(each.resources) && !set.has(each.name),
  );
  return !isSaid && whole >= 2n * COPY;
}

/** The container whose limit of ephemeral storage a part of that annotation speaks of, or null. */
function nameLimited(part: string): string | null {
  const at = part.indexOf(" limit for ");
  return part.slice(0, Math.max(at, 0)).includes(STORAGE) ? part.slice(part.lastIndexOf(" ") + 1) : null;
}

/**
 * The kubelet evicts a pod whose containers, logs and emptyDirs together take more ephemeral storage than the pod's
 * limit, which is the highest of its init containers' and the sum of its containers'. So rollcall-install asks for that
 * sum and the copy (opentelemetry-operator#2237). Without a limit nothing is raised: a request alone evicts nobody, and a
 * quota may count it.
 */
export function withCopy(
  own: RequestsAndLimits,
  sums: ResourceTotals,
  asked: RunnerSpec["resources"],
): RequestsAndLimits {
  const whole = sums.limits.whole.get(STORAGE);
  if (whole === undefined || asked?.limits?.[STORAGE] !== undefined) return own;
  const limit = computeHeadroom(sums.limits, STORAGE) + COPY;
  const room = computeHeadroom(sums.requests, STORAGE) + COPY;
  const request = asked?.requests?.[STORAGE] ?? formatQuantity(room < limit ? room : limit);
  return withAmount(own, STORAGE, { request, limit: raiseTo(formatQuantity(limit), request) });
}

/** What is to be told of a limit of ephemeral storage that leaves the copy no room. */
export function copyWarnings(
  install: RequestsAndLimits,
  { limits }: ResourceTotals,
  asked: RunnerSpec["resources"],
): string[] {
  const whole = limits.whole.get(STORAGE);
  if (whole === undefined) return [];
  const needed = formatQuantity(computeHeadroom(limits, STORAGE) + COPY);
  const what = `the containers' limits of ephemeral-storage are ${formatQuantity(whole)} in all, and the copy of the runner takes ${COPY_MIB}Mi more`;
  const theirs = asked?.limits?.[STORAGE];
  if (theirs !== undefined && !isLess(theirs, needed)) return [];
  const rest =
    theirs === undefined
      ? `so rollcall-install has a limit of ${show(install.limits[STORAGE])}; where a LimitRange or a ResourceQuota of the namespace ` +
        "refuses that, set runner.delivery: ImageVolume in the profile, or take the ephemeral-storage limits out of the pod template"
      : `but the profile's runner.resources.limits.ephemeral-storage is ${show(theirs)}, so the kubelet may evict the pod; ` +
        `set it to ${needed}, take it out, or set runner.delivery: ImageVolume in the profile`;
  return [formatWarning("ephemeral-storage-raised", `${what}, ${rest}`)];
}

/**
 * The operations that give a container of ours that is there already room for the copy, where another webhook has brought
 * a limit of ephemeral storage since. What else others have changed in our resources is their business.
 */
export function raiseStorageForCopy(
  parts: readonly (string | number)[],
  now: Container,
  wanted: Container,
): PatchOperation[] {
  const limit = readLimits(wanted.resources)[STORAGE];
  const [theirs, ours] = [readAmounts(now.resources), readAmounts(wanted.resources)];
  if (now.name !== INSTALL_CONTAINER || limit === undefined || STORAGE in theirs.limits) return [];
  const asking = withAmount(theirs, STORAGE, { request: ours.requests[STORAGE], limit });
  return [add([...parts, "resources"], { ...now.resources, ...omitEmptyLists(asking) })];
}
