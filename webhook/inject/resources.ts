// What our init containers ask for. A pod is scheduled by the larger of its init containers and its containers,
// for as long as it lives: so requests stay small, and a Guaranteed pod stays Guaranteed.
import type { Container } from "./shape.ts";

type Amounts = Readonly<Record<string, unknown>>;
export interface Resources {
  [other: string]: unknown;
  requests?: Amounts;
  limits?: Amounts;
}

/** node takes 42 MB (facts/runner.md); the page cache of the copy can be given back. */
const INSTALL_MEMORY = "128Mi";
/** Less than this, and the runner would be killed before it could say so. */
const LEAST_MEMORY = "128Mi";

const SMALL = { cpu: "10m", memory: "64Mi" };

/** Of rollcall-install: the application's CPU limit, since a limit range has allowed that one. */
export function installResources({ resources }: Container): Resources {
  const { limits = {} } = amountsOf(resources);
  const mine = { cpu: limits["cpu"] ?? "1", memory: INSTALL_MEMORY };
  return { requests: isGuaranteed(resources) ? mine : SMALL, limits: mine };
}

/** Of rollcall-init: what the application asks for, with memory enough for the runner beside a step. */
export function initResources({ resources }: Container): Resources {
  const { requests, limits } = amountsOf(resources);
  // steps of any size want the application or the profile to say more
  if (requests === undefined && limits === undefined)
    return { requests: SMALL, limits: { cpu: "1", memory: "1Gi" } };
  const limit = limits?.["memory"];
  const isTooLow = bytesOf(limit) < LEAST_BYTES;
  // a request may not be above the limit, but stays equal where it was
  const raise = (amounts: Amounts): Amounts =>
    isTooLow && amounts["memory"] === limit ? { ...amounts, memory: LEAST_MEMORY } : amounts;
  return {
    ...(requests === undefined ? {} : { requests: raise(requests) }),
    ...(limits === undefined ? {} : { limits: raise(limits) }),
  };
}

/** Whether requests equal limits in both CPU and memory; a missing request counts as its limit. */
function isGuaranteed(resources: unknown): boolean {
  const { requests = {}, limits = {} } = amountsOf(resources);
  return ["cpu", "memory"].every(
    (name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name],
  );
}

function amountsOf(resources: unknown): Resources {
  if (typeof resources !== "object" || resources === null) return {};
  const { requests, limits } = resources as { requests?: Amounts | null; limits?: Amounts | null };
  return { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) };
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity in bytes; Infinity for none, and for one that is not understood: it is then left alone. */
export function bytesOf(quantity: unknown): number {
  // anything else than these two the API server takes for no quantity
  const text = typeof quantity === "string" || typeof quantity === "number" ? String(quantity) : "none";
  const [, number, unit = ""] = /^([0-9.]+(?:e[0-9]+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? Number.POSITIVE_INFINITY : Number(number) * factor;
}

const LEAST_BYTES = bytesOf(LEAST_MEMORY);
