// The numbers of a profile: base..max, of which each StatefulSet reserves base..base+size-1 (DESIGN: numbering, pool).
import type { GenericProfile } from "./generic.ts";

export interface NumberRange {
  readonly base: number;
  readonly max: number;
  /** null: every StatefulSet is its own */
  readonly pool: string | null;
  /** how many numbers a StatefulSet has, from base on */
  readonly size: number;
}

/** The numbers that a StatefulSet of a profile reserves. */
export function rangeOf({ base, max, pool, size }: GenericProfile["nodeId"]): NumberRange {
  return { base, max, pool: pool ?? null, size: size ?? max - base + 1 };
}

/** Whether two StatefulSets of these ranges could ever have a number in common. */
export function meet(a: NumberRange, b: NumberRange): boolean {
  return a.pool !== null && a.pool === b.pool && a.base < b.base + b.size && b.base < a.base + a.size;
}
