// Requests and limits of Rollcall's init containers. They are those of the application container, so that the pod keeps its
// QoS class, passes the same quotas and LimitRanges, and reserves no more. There are two exceptions, both with a warning at
// apply: ephemeral storage for the copy of the runner, and a memory limit that is too low for Node.js.

import { formatWarning } from "../denials/codes.ts";
import type { Container, ContainerTarget, Pod } from "../kubernetes/objects.ts";
import type { RunnerSpec } from "../profiles/profile.ts";
import { divideUp, formatQuantity, parseQuantity, roundUp, toBillionths } from "../profiles/quantity.ts";
import {
  addCopyStorage,
  checkCopyStorage,
  hasRoom,
  listContainers,
  type ResourceTotals,
  STORAGE,
} from "./copyStorage.ts";
import {
  type ContainerResources,
  capAt,
  computeHeadroom,
  computeQosClass,
  formatAmount,
  hasPodLevelResources,
  listResources,
  omitEmptyLists,
  type RequestAndLimit,
  type RequestsAndLimits,
  raiseTo,
  readAmounts,
  readLimits,
  readRequests,
  setAmount,
  setAmounts,
  sumAmounts,
} from "./podAmounts.ts";
import { isRollcallContainer } from "./position.ts";

/** Measured: with 96Mi `install` and `run` take seconds, with 64Mi they read Node.js from disk again and again, for minutes. */
const LEAST_MEMORY = toBillionths(128 * 2 ** 20);

export interface RunnerResources {
  readonly install: ContainerResources;
  readonly init: ContainerResources;
  readonly warnings: readonly string[];
}

export interface ResourcesInput {
  readonly pod: Pod;
  readonly app: Pick<ContainerTarget, "list" | "container">;
  /** number of other init containers before Rollcall's */
  readonly index: number;
  /** the profile's runner.resources */
  readonly configured: RunnerSpec["resources"];
  /** how the runner gets into the pod */
  readonly runner: RunnerSpec["runner"];
}

/** Computes the resources of rollcall-install and rollcall-init, and warnings about them. */
export function computeRunnerResources(input: ResourcesInput): RunnerResources {
  const { pod, app, runner } = input;
  const isPodLevel = hasPodLevelResources(pod);
  const configured = isPodLevel ? null : input.configured;
  const own = readAmounts(app.container.resources);
  const names = new Set([STORAGE, ...(app.list === "containers" ? [] : listResources(own))]);
  const where = { index: input.index, names };
  const sums = { requests: sumAmounts(pod, where, readRequests), limits: sumAmounts(pod, where, readLimits) };
  // the pod's sum includes a regular container, so an init container of the same size does not raise it
  const fitted = app.list === "containers" ? own : fitInto(own, sums);
  // the QoS class can change only by the profile's resources
  const computeQos = (...more: readonly RequestsAndLimits[]): string =>
    computeQosClass([...listOtherResources(pod), ...more]);
  const qos = input.configured === null ? null : computeQos();
  const wanted = configured === null ? fitted : applyConfigured(fitted, configured, qos === "Guaranteed");
  const raised = isPodLevel ? wanted : raiseMemory(wanted, configured);
  const isRoomy = runner !== "copy" || hasRoom(pod, sums);
  const install = isRoomy ? raised : addCopyStorage(raised, sums, configured);
  return {
    install: omitEmptyLists(install),
    init: { ...omitEmptyLists(raised), ...readClaims(app.container) },
    warnings: [
      ...(isPodLevel
        ? checkPodMemory(pod, app.container)
        : checkRaisedMemory(app.container, configured, wanted)),
      ...(isRoomy ? [] : checkCopyStorage(install, sums, configured)),
      ...(qos === null ? [] : checkConfigured(isPodLevel, qos, computeQos(install))),
    ],
  };
}

const listOtherResources = (pod: Pod): unknown[] =>
  listContainers(pod)
    .filter((each) => !isRollcallContainer(each))
    .map(({ resources }) => resources);

/** Copies the application's claims, since a step may need its device. */
function readClaims({ resources }: Container): { claims?: unknown[] } {
  const { claims } = (resources ?? {}) as { claims?: unknown };
  return Array.isArray(claims) && claims.length > 0 ? { claims } : {};
}

/**
 * Lowers the resources of an init container or native sidecar to the pod's headroom: anything more would raise what the pod
 * reserves for its whole life.
 */
function fitInto(own: RequestsAndLimits, sums: ResourceTotals): RequestsAndLimits {
  const changed = listResources(own).flatMap((name): [string, RequestAndLimit][] => {
    const amount = fitAmount(own, name, sums);
    return amount === null ? [] : [[name, amount]];
  });
  const fitted = setAmounts(own, new Map(changed));
  const names = listResources(fitted);
  if (names.includes("cpu") || names.includes("memory")) return fitted;
  // the API server rejects huge pages in a container without cpu and memory
  const pages = names.filter((name) => name.startsWith("hugepages-"));
  return setAmounts(fitted, new Map(pages.map((name) => [name, NOTHING])));
}

const NOTHING: RequestAndLimit = { request: undefined, limit: undefined };

/** The part of one resource that fits into the pod; null: all of it fits. */
function fitAmount(
  { requests, limits }: RequestsAndLimits,
  name: string,
  sums: ResourceTotals,
): RequestAndLimit | null {
  const request = parseQuantity(requests[name] ?? limits[name]) ?? 0n;
  const limit = parseQuantity(limits[name]);
  const room = { request: computeHeadroom(sums.requests, name), limit: computeHeadroom(sums.limits, name) };
  if (request <= room.request && (limit ?? 0n) <= room.limit) return null;
  const fits = least(request, room.request);
  if (fits === 0n) return NOTHING;
  // if the pod's containers have no limit, a limit of Rollcall's would become one of the whole pod
  if (limit !== null && room.limit >= fits)
    return { request: formatQuantity(fits), limit: formatQuantity(least(limit, room.limit)) };
  return isOvercommitted(name) ? { request: formatQuantity(fits), limit: undefined } : NOTHING;
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** For huge pages and extended resources the API server requires equal requests and limits. */
const isOvercommitted = (name: string): boolean => !name.includes("/") && !name.startsWith("hugepages-");

type ProfileResources = NonNullable<RunnerSpec["resources"]>;

/** Replaces the application's resources with those of the profile, one resource at a time. */
function applyConfigured(
  own: RequestsAndLimits,
  { requests = {}, limits = {} }: ProfileResources,
  isGuaranteed: boolean,
): RequestsAndLimits {
  return Object.keys({ ...requests, ...limits }).reduce((all, name) => {
    const [request, limit] = [requests[name], limits[name]];
    if (request !== undefined && limit !== undefined) return setAmount(all, name, { request, limit });
    const isEqual = !isOvercommitted(name) || (isGuaranteed && (name === "cpu" || name === "memory"));
    return setAmount(
      all,
      name,
      isEqual ? toRequestAndLimit(request ?? limit) : combineWithOwn(own, name, request, limit),
    );
  }, own);
}

const toRequestAndLimit = (quantity: unknown): RequestAndLimit => ({ request: quantity, limit: quantity });

/** The profile's request or limit, with the application's other one, adjusted so that request <= limit. */
function combineWithOwn(
  own: RequestsAndLimits,
  name: string,
  request: unknown,
  limit: unknown,
): RequestAndLimit {
  return request === undefined
    ? { request: capAt(own.requests[name], limit), limit }
    : { request, limit: raiseTo(own.limits[name], request) };
}

/** A limit of zero means no limit (pkg/apis/core/helper/qos; the kubelet sets none). */
function isLowMemory(limit: unknown): boolean {
  const amount = parseQuantity(limit) ?? 0n;
  return amount > 0n && amount < LEAST_MEMORY;
}

/** Raises a memory limit that is too low for Node.js, and the request in proportion, as a LimitRange may bound their ratio. */
function raiseMemory(own: RequestsAndLimits, configured: RunnerSpec["resources"]): RequestsAndLimits {
  const { memory: limit } = own.limits;
  if (!isLowMemory(limit) || configured?.limits?.["memory"] !== undefined) return own;
  const request = parseQuantity(own.requests["memory"]);
  const raised =
    request === null ? null : roundUp(divideUp(request * LEAST_MEMORY, parseQuantity(limit) ?? 1n));
  const isOwn = raised === null || configured?.requests?.["memory"] !== undefined;
  return setAmount(own, "memory", {
    request: isOwn ? own.requests["memory"] : formatQuantity(raised),
    limit: formatQuantity(LEAST_MEMORY),
  });
}

function checkRaisedMemory(
  { name }: Container,
  configured: RunnerSpec["resources"],
  wanted: RequestsAndLimits,
): string[] {
  const { memory: limit } = wanted.limits;
  if (!isLowMemory(limit)) return [];
  const least = formatQuantity(LEAST_MEMORY);
  const message =
    configured?.limits?.["memory"] === undefined
      ? `container ${name} has a memory limit of ${formatAmount(limit)}, and the runner needs ${least}, so Rollcall's init containers get ${least}. ` +
        `If a LimitRange or ResourceQuota of the namespace rejects that, raise resources.limits.memory of container ${name} to ${least}.`
      : `the profile's runner.resources.limits.memory is ${formatAmount(limit)}, and the runner needs ${least}: it may be killed (OOMKilled). Raise it to ${least}.`;
  return [formatWarning("memory-limit-raised", message)];
}

/** With pod-level resources nothing is raised, since a container may not have more than its pod. */
function checkPodMemory({ spec }: Pod, { name, resources }: Container): string[] {
  const least = formatQuantity(LEAST_MEMORY);
  return [
    {
      field: "spec.resources.limits.memory of the pod template",
      limit: readLimits(spec.resources)["memory"],
    },
    { field: `resources.limits.memory of container ${name}`, limit: readLimits(resources)["memory"] },
  ]
    .filter(({ limit }) => isLowMemory(limit))
    .map(({ field, limit }) => {
      const message = `${field} is ${formatAmount(limit)}, and the runner needs ${least}: it may be killed (OOMKilled). Raise it to ${least}.`;
      return formatWarning("memory-limit-raised", message);
    });
}

function checkConfigured(isPodLevel: boolean, before: string, after: string): string[] {
  if (!isPodLevel && before === after) return [];
  const message = isPodLevel
    ? "the profile's runner.resources are ignored, because the pod template has spec.resources, which bound those of the containers. " +
      "If Rollcall's init containers need more, raise spec.resources of the pod template."
    : `the profile's runner.resources change the QoS class of the pods from ${before} to ${after}. Remove runner.resources from the profile, or ` +
      "set requests and limits that keep the class.";
  return [formatWarning("runner-resources", message)];
}
