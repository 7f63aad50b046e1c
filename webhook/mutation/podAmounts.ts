// What the containers of a pod ask for together, without ours: the scheduler, a ResourceQuota and the kubelet's eviction
// all go by these sums (k8s.io/component-helpers resource, AggregateContainerRequests and AggregateContainerLimits).
import type { Container, Pod } from "../kubernetes/objects.ts";
import { shorten } from "../kubernetes/shorten.ts";
import { parseQuantity } from "../profiles/quantity.ts";
import { isOurs } from "./position.ts";

export type ResourceAmounts = Readonly<Record<string, unknown>>;

export interface ContainerResources {
  [other: string]: unknown;
  requests?: ResourceAmounts;
  limits?: ResourceAmounts;
}

/** What a container says of its resources; null stands for nothing, as in the API. */
export function readAmounts(resources: unknown): { requests: ResourceAmounts; limits: ResourceAmounts } {
  const { requests, limits } = (resources ?? {}) as { requests?: unknown; limits?: unknown };
  return { requests: isRecord(requests) ? requests : {}, limits: isRecord(limits) ? limits : {} };
}

const isRecord = (value: unknown): value is ResourceAmounts => typeof value === "object" && value !== null;

/** The requests of a container as the API server stores them: a limit stands for a request that is missing. */
export function readRequests(resources: unknown): ResourceAmounts {
  const { requests, limits } = readAmounts(resources);
  return { ...limits, ...requests };
}

/** Whether spec.resources speaks for the pod as a whole (KEP-2837). */
export function hasPodLevelResources({ spec }: Pod): boolean {
  const { requests, limits } = readAmounts(spec.resources);
  return Object.keys(requests).length + Object.keys(limits).length > 0;
}

/** By the resource's name, in billionths; a resource that no container names is missing. */
type QuantitySums = ReadonlyMap<string, bigint>;

export interface PodSums {
  /** what the pod asks for as a whole, without ours */
  readonly whole: QuantitySums;
  /** what the native sidecars ask for that run already when ours begin */
  readonly before: QuantitySums;
}

/**
 * Sums what the containers ask for, without ours.
 * @param index how many other init containers come before ours
 * @param names the resources that are wanted
 */
export function sumAmounts(
  { spec }: Pod,
  { index, names }: { index: number; names: ReadonlySet<string> },
  from: (resources: unknown) => ResourceAmounts,
): PodSums {
  const amountsIn = ({ resources }: Container): NamedAmount[] => numbersIn(from(resources), names);
  const whole = new Map<string, bigint>();
  for (const container of spec.containers) addTo(whole, amountsIn(container));
  const inits = (spec.initContainers ?? []).filter((each) => !isOurs(each));
  const sidecars = new Map<string, bigint>();
  const highest = new Map<string, bigint>();
  let before: QuantitySums | null = null;
  for (const [at, container] of inits.entries()) {
    if (at === index) before = new Map(sidecars);
    const amounts = amountsIn(container);
    if (container.restartPolicy === "Always") addTo(sidecars, amounts);
    else raiseAbove(highest, amounts, sidecars);
  }
  addTo(whole, [...sidecars]);
  raiseAbove(whole, [...highest], new Map());
  return { whole, before: before ?? sidecars };
}

/** What the pod has of a resource beside the sidecars that run when ours begin. */
export function computeHeadroom({ whole, before }: PodSums, name: string): bigint {
  return (whole.get(name) ?? 0n) - (before.get(name) ?? 0n);
}

type NamedAmount = readonly [name: string, billionths: bigint];

function addTo(sums: Map<string, bigint>, amounts: readonly NamedAmount[]): void {
  for (const [name, amount] of amounts) sums.set(name, (sums.get(name) ?? 0n) + amount);
}

/** Raises sums to amounts beside those of the sidecars that run by then. */
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

/** What is no quantity is left out: the API server refuses it anyway. */
function numbersIn(amounts: ResourceAmounts, names: ReadonlySet<string>): NamedAmount[] {
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

export const namesIn = ({ requests, limits }: RequestsAndLimits): string[] =>
  Object.keys({ ...limits, ...requests });

/** Without lists that hold nothing. */
export function omitEmptyLists({ requests, limits }: RequestsAndLimits): ContainerResources {
  return {
    ...(Object.keys(requests).length === 0 ? {} : { requests }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

/** One resource of a container; undefined: the container does not say it. */
export interface RequestAndLimit {
  readonly request: unknown;
  readonly limit: unknown;
}

/** Puts one resource in the place of what is there under its name. */
export const withAmount = (
  own: RequestsAndLimits,
  name: string,
  amount: RequestAndLimit,
): RequestsAndLimits => withAmounts(own, new Map([[name, amount]]));

/** The same for many, by their names: there may be as many as somebody likes. */
export function withAmounts(
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

/** Quantities may be as long as somebody likes. */
export const show = (quantity: unknown): string => shorten(String(quantity));
