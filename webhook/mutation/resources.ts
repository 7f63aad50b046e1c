// What our init containers ask for: what the application's container asks for, so that the pod keeps its QoS class, passes
// where it passes without us, and reserves no more. Two exceptions are told at apply: room for the copy of the runner
// under a limit of ephemeral storage, and a memory limit that node does not survive.

import { formatWarning } from "../denials/codes.ts";
import type { Container, ContainerTarget, Pod } from "../kubernetes/objects.ts";
import type { RunnerSpec } from "../profiles/profile.ts";
import { divideUp, formatQuantity, parseQuantity, roundUp, toBillionths } from "../profiles/quantity.ts";
import {
  copyWarnings,
  hasRoom,
  listContainers,
  type ResourceTotals,
  STORAGE,
  withCopy,
} from "./copyStorage.ts";
import {
  type ContainerResources,
  capAt,
  computeHeadroom,
  computeQosClass,
  hasPodLevelResources,
  namesIn,
  omitEmptyLists,
  type RequestAndLimit,
  type RequestsAndLimits,
  raiseTo,
  readAmounts,
  readLimits,
  readRequests,
  show,
  sumAmounts,
  withAmount,
  withAmounts,
} from "./podAmounts.ts";
import { isOurs } from "./position.ts";

/** Measured: within 96Mi install and run take seconds, within 64Mi they read node from the disk for minutes. */
const LEAST_MEMORY = toBillionths(128 * 2 ** 20);

export interface RunnerResources {
  readonly install: ContainerResources;
  readonly init: ContainerResources;
  readonly warnings: readonly string[];
}

export interface ResourcesInput {
  readonly pod: Pod;
  readonly app: Pick<ContainerTarget, "list" | "container">;
  /** of the first of ours among the init containers */
  readonly index: number;
  /** what the profile says */
  readonly asked: RunnerSpec["resources"];
  /** how the runner gets into the pod */
  readonly runner: RunnerSpec["runner"];
}

/** What rollcall-install and rollcall-init ask for in a pod, and what is to be told of it. */
export function computeRunnerResources(input: ResourcesInput): RunnerResources {
  const { pod, app, runner } = input;
  const isWhole = hasPodLevelResources(pod);
  const asked = isWhole ? null : input.asked;
  const own = readAmounts(app.container.resources);
  const names = new Set([STORAGE, ...(app.list === "containers" ? [] : namesIn(own))]);
  const where = { index: input.index, names };
  const sums = { requests: sumAmounts(pod, where, readRequests), limits: sumAmounts(pod, where, readLimits) };
  // a regular container is a part of the pod's sum: another like it before the pod starts raises nothing
  const fitted = app.list === "containers" ? own : fitInto(own, sums);
  // of a profile that says nothing of resources it is not looked at
  const qosWith = (...more: readonly RequestsAndLimits[]): string =>
    computeQosClass([...resourcesOfOthers(pod), ...more]);
  const qos = input.asked === null ? null : qosWith();
  const wanted = asked === null ? fitted : withAsked(fitted, asked, qos === "Guaranteed");
  const raised = isWhole ? wanted : withMemory(wanted, asked);
  const isRoomy = runner !== "copy" || hasRoom(pod, sums);
  const install = isRoomy ? raised : withCopy(raised, sums, asked);
  return {
    install: omitEmptyLists(install),
    init: { ...omitEmptyLists(raised), ...readClaims(app.container) },
    warnings: [
      ...(isWhole ? memoryWarnings(pod, app.container) : raisedWarnings(app.container, asked, wanted)),
      ...(isRoomy ? [] : copyWarnings(install, sums, asked)),
      ...(qos === null ? [] : askedWarnings(isWhole, qos, qosWith(install))),
    ],
  };
}

const resourcesOfOthers = (pod: Pod): unknown[] =>
  listContainers(pod)
    .filter((each) => !isOurs(each))
    .map(({ resources }) => resources);

/** A step may need the device that the application has. */
function readClaims({ resources }: Container): { claims?: unknown[] } {
  const { claims } = (resources ?? {}) as { claims?: unknown };
  return Array.isArray(claims) && claims.length > 0 ? { claims } : {};
}

/**
 * Lowers what an init container or native sidecar asks for to what the pod has left beside the sidecars that run by
 * then: more would raise what the pod reserves for as long as it lives.
 */
function fitInto(own: RequestsAndLimits, sums: ResourceTotals): RequestsAndLimits {
  const changed = namesIn(own).flatMap((name): [string, RequestAndLimit][] => {
    const amount = fitAmount(own, name, sums);
    return amount === null ? [] : [[name, amount]];
  });
  const fitted = withAmounts(own, new Map(changed));
  const names = namesIn(fitted);
  if (names.includes("cpu") || names.includes("memory")) return fitted;
  // the API server refuses huge pages in a container without either
  const pages = names.filter((name) => name.startsWith("hugepages-"));
  return withAmounts(fitted, new Map(pages.map((name) => [name, NOTHING])));
}

const NOTHING: RequestAndLimit = { request: undefined, limit: undefined };

/** What of one resource fits into the pod, or null where all of it does. */
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
  // where the pod's containers have no limit, a limit of ours would be one of the whole pod
  if (limit !== null && room.limit >= fits)
    return { request: formatQuantity(fits), limit: formatQuantity(least(limit, room.limit)) };
  return isOvercommitted(name) ? { request: formatQuantity(fits), limit: undefined } : NOTHING;
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** Of huge pages and extended resources the API server wants requests and limits to be equal. */
const isOvercommitted = (name: string): boolean => !name.includes("/") && !name.startsWith("hugepages-");

type ProfileResources = NonNullable<RunnerSpec["resources"]>;

/** Puts what the profile says in the place of what the application asks for, resource by resource. */
function withAsked(
  own: RequestsAndLimits,
  { requests = {}, limits = {} }: ProfileResources,
  isGuaranteed: boolean,
): RequestsAndLimits {
  return Object.keys({ ...requests, ...limits }).reduce((all, name) => {
    const [request, limit] = [requests[name], limits[name]];
    if (request !== undefined && limit !== undefined) return withAmount(all, name, { request, limit });
    const isEqual = !isOvercommitted(name) || (isGuaranteed && (name === "cpu" || name === "memory"));
    return withAmount(
      all,
      name,
      isEqual ? toRequestAndLimit(request ?? limit) : besideOwn(own, name, request, limit),
    );
  }, own);
}

const toRequestAndLimit = (quantity: unknown): RequestAndLimit => ({ request: quantity, limit: quantity });

/** The one that the profile says, and beside it the application's other, as far as it needs to move. */
function besideOwn(own: RequestsAndLimits, name: string, request: unknown, limit: unknown): RequestAndLimit {
  return request === undefined
    ? { request: capAt(own.requests[name], limit), limit }
    : { request, limit: raiseTo(own.limits[name], request) };
}

/** A limit of zero is none (pkg/apis/core/helper/qos; the kubelet sets none for it). */
function isLowMemory(limit: unknown): boolean {
  const amount = parseQuantity(limit) ?? 0n;
  return amount > 0n && amount < LEAST_MEMORY;
}

/** Raises a memory limit that node does not survive, and the request in proportion: a LimitRange may bound their ratio. */
function withMemory(own: RequestsAndLimits, asked: RunnerSpec["resources"]): RequestsAndLimits {
  const { memory: limit } = own.limits;
  if (!isLowMemory(limit) || asked?.limits?.["memory"] !== undefined) return own;
  const request = parseQuantity(own.requests["memory"]);
  const raised =
    request === null ? null : roundUp(divideUp(request * LEAST_MEMORY, parseQuantity(limit) ?? 1n));
  const isOwn = raised === null || asked?.requests?.["memory"] !== undefined;
  return withAmount(own, "memory", {
    request: isOwn ? own.requests["memory"] : formatQuantity(raised),
    limit: formatQuantity(LEAST_MEMORY),
  });
}

function raisedWarnings(
  { name }: Container,
  asked: RunnerSpec["resources"],
  wanted: RequestsAndLimits,
): string[] {
  const { memory: limit } = wanted.limits;
  if (!isLowMemory(limit)) return [];
  const least = formatQuantity(LEAST_MEMORY);
  const message =
    asked?.limits?.["memory"] === undefined
      ? `container ${name} has a memory limit of ${show(limit)}, and the runner needs ${least}, which our init containers have instead; ` +
        `where a LimitRange or a ResourceQuota of the namespace refuses that, raise resources.limits.memory of container ${name} to ${least}`
      : `the profile's runner.resources.limits.memory is ${show(limit)}, and the runner needs ${least}: it may be killed (OOMKilled); raise it to ${least}`;
  return [formatWarning("memory-limit-raised", message)];
}

/** Where the pod has resources as a whole, nothing of ours is raised: a container may not have more than its pod. */
function memoryWarnings({ spec }: Pod, { name, resources }: Container): string[] {
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
      const message = `${field} is ${show(limit)}, and the runner needs ${least}: it may be killed (OOMKilled); raise it to ${least}`;
      return formatWarning("memory-limit-raised", message);
    });
}

function askedWarnings(isWhole: boolean, before: string, after: string): string[] {
  if (!isWhole && before === after) return [];
  const message = isWhole
    ? "the profile's runner.resources are not used, since the pod template has spec.resources, which the API server adds up with those " +
      "of containers; raise spec.resources of the pod template where our init containers need more"
    : `the profile's runner.resources make the pods ${after}, which are ${before} without them; take runner.resources out of the profile, or ` +
      "give requests and limits there that keep that class";
  return [formatWarning("runner-resources", message)];
}
