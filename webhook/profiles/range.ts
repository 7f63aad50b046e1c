// The numbers of a profile: base..max. Each StatefulSet reserves base..base+size-1 of them.
import * as z from "zod";

/** Far more than the pods of a StatefulSet. */
const MAX_NUMBER = 1_000_000_000;

const number = z.int().min(0).max(MAX_NUMBER);

export const numbers = {
  base: number.describe("The number of ordinal 0"),
  max: number.describe("The largest number that a pod may get"),
  pool: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe(
      "A cluster-wide name. StatefulSets whose numbers must differ use the same pool, each with its own profile",
    ),
  size: z
    .int()
    .min(1)
    .max(MAX_NUMBER)
    .optional()
    .describe("How many numbers a StatefulSet reserves: base to base+size-1. Default: up to max"),
};

interface WrittenRange {
  base: number;
  max: number;
  pool?: string | undefined;
  size?: number | undefined;
}

export interface NumberRange {
  readonly base: number;
  readonly max: number;
  /** null: numbers are unique only within a StatefulSet */
  readonly pool: string | null;
  /** how many numbers a StatefulSet reserves, starting at base */
  readonly size: number;
  /** the profile's `size`; null: not set, the range ends at max */
  readonly writtenSize?: number | null;
  /** all pods get the same number, which belongs to another workload */
  readonly shared?: boolean;
}

export function compileRange({ base, max, pool, size }: WrittenRange): NumberRange {
  return { base, max, pool: pool ?? null, size: size ?? max - base + 1, writtenSize: size ?? null };
}

/** Finds a fault in a range. @returns its path relative to the range, or null */
export function findRangeFault({
  base,
  max,
  size,
}: WrittenRange): { path: string[]; message: string } | null {
  if (base > max) return { path: [], message: `base ${base} is above max ${max}` };
  if (size === undefined || base + size - 1 <= max) return null;
  const message = `base ${base} with size ${size} ends at ${base + size - 1}, above max ${max}`;
  return { path: ["size"], message };
}

/** Whether two StatefulSets with these ranges could have a number in common. */
export function overlaps(a: NumberRange, b: NumberRange): boolean {
  return a.pool !== null && a.pool === b.pool && a.base < b.base + b.size && b.base < a.base + a.size;
}
