// Sums of the requests and limits of a pod's containers, without Rollcall's. The scheduler, a ResourceQuota and the kubelet's
// eviction use these sums (k8s.io/component-helpers resource, AggregateContainerRequests and AggregateContainerLimits).
import type { Container, Pod } from "../kubernetes/objects.ts";
import { shorten } from "../kubernetes/shorten.ts";
import { parseQuantity } from "../profiles/quantity.ts";
import { isRollcallContainer } from "./position.ts";

export type ResourceAmounts = Readonly<Record<string, unknown>>;

export interface ContainerResources {
  [other: string]: unknown;
  requests?: ResourceAmounts;
  limits?: ResourceAmounts;
}

/** Requests and limits of a container; null means none, as in the API. */
export function readAmounts(resources: unknown): { requests: ResourceAmounts; limits: ResourceAmounts } {
  const { requests, limits } = (resources ?? {}) as { requests?: unknown; limits?: unknown };
  return { requests: isRecord(requests) ? requests : {}, limits: isRecord(limits) ? limits : {} };
}

const isRecord = (value: unknown): value is ResourceAmounts => typeof value === "object" && value !== null;

/** The requests of a container as the API server stores them: the default of a request is the limit. */
export function readRequests(resources: unknown): ResourceAmounts {
  const { requests, limits } = readAmounts(resources);
  return { ...limits, ...requests };
}

/** Whether the pod has pod-level resources in spec.resources (KEP-2837). */
export function hasPodLevelResources({ spec }: Pod): boolean {
  const { requests, limits } = readAmounts(spec.resources);
  return Object.keys(requests).length + Object.keys(limits).length > 0;
}

/** Amounts in billionths by name of the resource; only resources that a container names. */
type QuantitySums = ReadonlyMap<string, bigint>;

export interface PodSums {
  /** of the pod, without Rollcall's init containers */
  readonly whole: QuantitySums;
  /** of the native sidecars that start before Rollcall's init containers */
  readonly before: QuantitySums;
}

/**
 * Sums the amounts of the containers, without Rollcall's.
 * @param index number of other init containers before Rollcall's
 * @param names the resources to sum
 */
export function sumAmounts(
  { spec }: Pod,
  { index, names }: { index: number; names: ReadonlySet<string> },
  from: (resources: unknown) => ResourceAmounts,
): PodSums {
  const readContainerAmounts = ({ resources }: Container): NamedAmount[] =>
    parseAmounts(from(resources), names);
  const whole = new Map<string, bigint>();
  for (const container of spec.containers) addTo(whole, readContainerAmounts(container));
  const inits = (spec.initContainers ?? []).filter((each) => !isRollcallContainer(each));
  const sidecars = new Map<string, bigint>();
  const highest = new Map<string, bigint>();
  let before: QuantitySums | null = null;
  for (const [at, container] of inits.entries()) {
    if (at === index) before = new Map(sidecars);
    const amounts = readContainerAmounts(container);
    if (container.restartPolicy === "Always") addTo(sidecars, amounts);
    else raiseAbove(highest, amounts, sidecars);
  }
  addTo(whole, [...sidecars]);
  raiseAbove(whole, [...highest], new Map());
  return { whole, before: before ?? sidecars };
}

/** The amount that Rollcall's init containers can use without raising the pod's sum. */
export function computeHeadroom({ whole, before }: PodSums, name: string): bigint {
  return (whole.get(name) ?? 0n) - (before.get(name) ?? 0n);
}

type NamedAmount = readonly [name: string, billionths: bigint];

function addTo(sums: Map<string, bigint>, amounts: readonly NamedAmount[]): void {
  for (const [name, amount] of amounts) sums.set(name, (sums.get(name) ?? 0n) + amount);
}

/** Raises each sum to at least the amount plus that of the sidecars, which run at the same time. */
function raiseAbove(
  sums: Map<string, bigint>,
  amounts: readonly NamedAmount[],
  sidecars: QuantitySums,
): void {
  for (const [name, own] of amounts) {
    const amount = own + (sidecars.get(name) ?? 0n);
    if (amount > (sums.get(name) ?? -1n)) sums.set(name, amount);
  }
}

/** Invalid quantities are skipped, since the API server rejects them. */
function parseAmounts(amounts: ResourceAmounts, names: ReadonlySet<string>): NamedAmount[] {
  const found: NamedAmount[] = [];
  for (const name of Object.keys(amounts)) {
    const amount = names.has(name) ? parseQuantity(amounts[name]) : null;
    if (amount !== null) found.push([name, amount]);
  }
  return found;
}

export type QosClass = "BestEffort" | "Burstable" | "Guaranteed";

/** The QoS class of a pod with containers of these resources (pkg/apis/core/helper/qos). */
export function computeQosClass(all: readonly unknown[]): QosClass {
  const classes = new Set(
    all.flatMap((resources) => ["cpu", "memory"].map((name) => computeQosByResource(resources, name))),
  );
  const [only = "BestEffort", ...others] = classes;
  return others.length === 0 ? only : "Burstable";
}

function computeQosByResource(resources: unknown, name: string): QosClass {
  const { limits } = readAmounts(resources);
  const limit = parseQuantity(limits[name]) ?? 0n;
  const request = parseQuantity(readRequests(resources)[name]) ?? 0n;
  if (request !== limit) return "Burstable";
  return request === 0n ? "BestEffort" : "Guaranteed";
}

export interface RequestsAndLimits {
  readonly requests: ResourceAmounts;
  readonly limits: ResourceAmounts;
}

export const readLimits = (resources: unknown): ResourceAmounts => readAmounts(resources).limits;

export const listResources = ({ requests, limits }: RequestsAndLimits): string[] =>
  Object.keys({ ...limits, ...requests });

/** Leaves out requests or limits without entries. */
export function omitEmptyLists({ requests, limits }: RequestsAndLimits): ContainerResources {
  return {
    ...(Object.keys(requests).length === 0 ? {} : { requests }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

/** One resource of a container; undefined: not set. */
export interface RequestAndLimit {
  readonly request: unknown;
  readonly limit: unknown;
}

/** Sets one resource. */
export const setAmount = (own: RequestsAndLimits, name: string, amount: RequestAndLimit): RequestsAndLimits =>
  setAmounts(own, new Map([[name, amount]]));

/** Sets many resources in linear time, since a pod's author controls their number. */
export function setAmounts(
  { requests, limits }: RequestsAndLimits,
  changed: ReadonlyMap<string, RequestAndLimit>,
): RequestsAndLimits {
  const changes = [...changed];
  return {
    requests: merge(
      requests,
      changes.map(([name, { request }]) => [name, request]),
    ),
    limits: merge(
      limits,
      changes.map(([name, { limit }]) => [name, limit]),
    ),
  };
}

function merge(amounts: ResourceAmounts, changes: readonly (readonly [string, unknown])[]): ResourceAmounts {
  const all = new Map([...Object.entries(amounts), ...changes]);
  return Object.fromEntries([...all].filter(([, quantity]) => quantity !== undefined));
}

export function raiseTo(quantity: unknown, least: unknown): unknown {
  return quantity !== undefined && isLess(quantity, least) ? least : quantity;
}

export function capAt(quantity: unknown, most: unknown): unknown {
  return quantity !== undefined && isLess(most, quantity) ? most : quantity;
}

export const isLess = (one: unknown, other: unknown): boolean =>
  (parseQuantity(one) ?? 0n) < (parseQuantity(other) ?? 0n);

/** A quantity for a message, bounded, since a pod's author controls its length. */
export const formatAmount = (quantity: unknown): string => shorten(String(quantity));
