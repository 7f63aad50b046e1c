// Requests and limits of one container, read, compared and changed resource by resource.

import { shorten } from "../kubernetes/shorten.ts";
import { parseQuantity } from "../profiles/quantity.ts";
import { type Amounts, amountsOf, type Resources } from "./podAmounts.ts";

export interface Asking {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

export const limitsOf = (resources: unknown): Amounts => amountsOf(resources).limits;

export const namesIn = ({ requests, limits }: Asking): string[] => Object.keys({ ...limits, ...requests });

/** Without lists that hold nothing. */
export function written({ requests, limits }: Asking): Resources {
  return {
    ...(Object.keys(requests).length === 0 ? {} : { requests }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

/** One resource of a container; undefined: the container does not say it. */
export interface Amount {
  readonly request: unknown;
  readonly limit: unknown;
}

/** Puts one resource in the place of what is there under its name. */
export const withAmount = (own: Asking, name: string, amount: Amount): Asking =>
  withAmounts(own, new Map([[name, amount]]));

/** The same for many, by their names: there may be as many as somebody likes. */
export function withAmounts({ requests, limits }: Asking, changed: ReadonlyMap<string, Amount>): Asking {
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

function merge(amounts: Amounts, changes: readonly (readonly [string, unknown])[]): Amounts {
  const all = new Map([...Object.entries(amounts), ...changes]);
  return Object.fromEntries([...all].filter(([, quantity]) => quantity !== undefined));
}

export function atLeast(quantity: unknown, least: unknown): unknown {
  return quantity !== undefined && isLess(quantity, least) ? least : quantity;
}

export function atMost(quantity: unknown, most: unknown): unknown {
  return quantity !== undefined && isLess(most, quantity) ? most : quantity;
}

export const isLess = (one: unknown, other: unknown): boolean =>
  (parseQuantity(one) ?? 0n) < (parseQuantity(other) ?? 0n);

/** Quantities may be as long as somebody likes. */
export const show = (quantity: unknown): string => shorten(String(quantity));
